/** Heartbeats written to the primary directly, bypassing all links. Their age in a replica is the replica's lag. */
import type { Address } from '../address.ts';
import { repeat } from '../health-check.ts';
import { reconnectingClient } from './reconnecting-client.ts';

const EVERY_MS = 100;
/** During an outage of the primary the heartbeats just get older; other code detects the outage. */
const TIMEOUT_MS = 2_000;

/** Creates the heartbeat table. */
export const HEARTBEAT_SQL: readonly string[] = [
  'CREATE TABLE heartbeat (one boolean PRIMARY KEY, at timestamptz NOT NULL) WITH (fillfactor = 10)',
  'INSERT INTO heartbeat VALUES (true, clock_timestamp())',
];

const BEAT = 'UPDATE heartbeat SET at = clock_timestamp()';

/** Writes the heartbeat row every 100 ms for the lifetime of this process; resolves after the first write. */
export async function writeHeartbeats(primary: Address): Promise<{ moveTo: (primary: Address) => void }> {
  let client = reconnectingClient(primary, TIMEOUT_MS);
  await client.query(BEAT);
  repeat(EVERY_MS, () => client.query(BEAT).then(() => {}));
  return {
    moveTo(other) {
      client.close();
      client = reconnectingClient(other, TIMEOUT_MS);
    },
  };
}

/** Resolves when this many replicas stream from the primary; an error if they do not in time. */
export async function untilStreaming(primary: Address, replicas: number, withinMs: number): Promise<void> {
  const client = reconnectingClient(primary, withinMs);
  const deadlineMs = performance.now() + withinMs;
  try {
    for (;;) {
      const rows = await client.query<{ name: string; state: string }>(
        'SELECT application_name AS name, state FROM pg_stat_replication',
      );
      if (rows.filter(({ state }) => state === 'streaming').length >= replicas) return;
      if (performance.now() > deadlineMs) {
        const states = rows.map(({ name, state }) => `${name}: ${state}`).join(', ') || 'none';
        throw new Error(`not all ${replicas} replicas stream after ${withinMs / 1000} s: ${states}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  } finally {
    client.close();
  }
}
