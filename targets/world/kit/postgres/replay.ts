/** A replica's replay of what it receives, which can be paused: it goes on receiving, and shows nothing of it. */
import type { Address } from '../address.ts';
import { steadyClient } from './steady-client.ts';

/** Pauses or resumes the replay of the server at this address; a reason in words if it has none to pause. */
export const pauseReplay =
  (database: Address) =>
  async (pause: boolean): Promise<string | null> => {
    const client = steadyClient(database, 5_000);
    try {
      const [row] = await client.query<{ replica: boolean }>('SELECT pg_is_in_recovery() AS replica');
      // One that was promoted meanwhile has nothing to resume.
      if (!row!.replica) return pause ? 'is a primary: only a replica has a replay to pause' : null;
      await client.query(pause ? 'SELECT pg_wal_replay_pause()' : 'SELECT pg_wal_replay_resume()');
      return null;
    } finally {
      client.close();
    }
  };
