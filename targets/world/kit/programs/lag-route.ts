/** `GET /lag` of a region whose database has heartbeats: its lag behind the primary. */
import type { FastifyInstance } from 'fastify';

/** The query of this route. */
export const HEARTBEAT = `SELECT (extract(epoch FROM clock_timestamp() - at) * 1000)::float8 AS "ageMs",
    pg_is_in_recovery() AS replica,
    CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END::text AS "receivedLsn",
    CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END::text AS "replayLsn"
  FROM heartbeat`;

export interface Heartbeat {
  ageMs: number;
  replica: boolean;
  receivedLsn: string;
  replayLsn: string;
}

export interface LagParts {
  region: string;
  /** Queries the database that serves the region's reads. */
  heartbeat: () => Promise<Heartbeat>;
  /** The role of that database, and the epoch that the region writes in. */
  view: () => { role: 'primary' | 'replica'; epoch: number };
}

export function addLag(app: FastifyInstance, { region, heartbeat, view }: LagParts): void {
  app.get('/lag', async (_request, reply) => {
    const { ageMs, replica, ...positions } = await heartbeat();
    const { role, epoch } = view();
    reply.source = role;
    // A heartbeat every 100 ms: the age of the newest one replayed is the lag plus 0 to 100 ms. A primary has no lag.
    return { region, role, epoch, lagMs: replica ? ageMs : 0, ageMs, heartbeatAgeMs: ageMs, ...positions };
  });
}
