/** The pulse of the primary, written past every link that can break: replicas are as far behind as it is old there. */
import pg from 'pg';
import { DATABASE } from './schema.ts';

const EVERY_MS = 100;

/** Writes the heartbeat row every 100 ms for as long as the process lives; resolves after the first. */
export async function writeHeartbeats(primaryPort: number): Promise<void> {
  const client = new pg.Client({ ...DATABASE, port: primaryPort });
  // The primary is gone: replicas get older, as they should; its process is watched elsewhere.
  client.on('error', () => {});
  await client.connect();
  const beat = { name: 'beat', text: 'UPDATE heartbeat SET at = clock_timestamp()' };
  await client.query(beat);
  let isBusy = false;
  setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    client
      .query(beat)
      .catch(() => {})
      .finally(() => (isBusy = false));
  }, EVERY_MS);
}

/** Resolves when that many replicas stream from the primary; an error if they do not within the time. */
export async function untilStreaming(primaryPort: number, replicas: number, withinMs: number): Promise<void> {
  const client = new pg.Client({ ...DATABASE, port: primaryPort });
  await client.connect();
  const deadlineMs = performance.now() + withinMs;
  try {
    for (;;) {
      const { rows } = await client.query<{ name: string; state: string }>(
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
    await client.end();
  }
}
