/** Pauses a replica's replay: it keeps receiving WAL, but its data does not change. */
import type { Address } from '../address.ts';
import { reconnectingClient } from './reconnecting-client.ts';

/** Pauses or resumes the replay of the server at this address; the reason if it has no replay. */
export const pauseReplay =
  (database: Address) =>
  async (pause: boolean): Promise<string | null> => {
    const client = reconnectingClient(database, 5_000);
    try {
      const [row] = await client.query<{ replica: boolean }>('SELECT pg_is_in_recovery() AS replica');
      // A server that was promoted meanwhile has nothing to resume.
      if (!row!.replica) return pause ? "is a primary: only a replica's replay can be paused" : null;
      await client.query(pause ? 'SELECT pg_wal_replay_pause()' : 'SELECT pg_wal_replay_resume()');
      return null;
    } finally {
      client.close();
    }
  };
