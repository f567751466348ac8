/** The pulse of the primary, written past every link that can break: replicas are as far behind as it is old there. */
import type { Address } from '../address.ts';
import { again } from '../health-check.ts';
import { steadyClient } from './steady-client.ts';

const EVERY_MS = 100;
/** While the primary is gone replicas get older, as they should; its process is watched elsewhere. */
const TIMEOUT_MS = 2_000;

/** What a database with a pulse is made with. */
export const HEARTBEAT_SQL: readonly string[] = [
  'CREATE TABLE heartbeat (one boolean PRIMARY KEY, at timestamptz NOT NULL) WITH (fillfactor = 10)',
  'INSERT INTO heartbeat VALUES (true, clock_timestamp())',
];

const BEAT = 'UPDATE heartbeat SET at = clock_timestamp()';

/** Writes the heartbeat row every 100 ms for as long as the process lives; resolves after the first. */
export async function writeHeartbeats(primary: Address): Promise<{ moveTo: (primary: Address) => void }> {
  let client = steadyClient(primary, TIMEOUT_MS);
  await client.query(BEAT);
  again(EVERY_MS, () => client.query(BEAT).then(() => {}));
  return {
    moveTo(other) {
      client.close();
      client = steadyClient(other, TIMEOUT_MS);
    },
  };
}

/** Resolves when that many replicas stream from the primary; an error if they do not within the time. */
export async function untilStreaming(primary: Address, replicas: number, withinMs: number): Promise<void> {
  const client = steadyClient(primary, withinMs);
  const deadlineMs = performance.now() + withinMs;
  try {
    for (;;) {
      const rows = await client.query<{ name: string; state: string }>(
        'SELECT application_name AS name, state FROM pg_stat_replication',
      );
      if (rows.filter(({ state }) => state === 'streaming').length >= replicas) return;
      if (performance.now() > deadlineMs) {
        const states = rows.map(({ name, state }) => `${name}: ${state}`).join(', ') || 'none';
        throw new Error(`of ${replicas} replicas not all stream after ${withinMs / 1000} s: ${states}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  } finally {
    client.close();
  }
}
