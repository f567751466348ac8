/** The API of one region, a process of its own; the same code everywhere, the region comes from the main process. */
import type { AddressInfo } from 'node:net';
import { buildApi } from './api-routes.ts';
import { hear, say } from './conversation.ts';
import type { Defect } from './defects.ts';
import { connectRedis, Database } from './stores.ts';
import { warmUp } from './warm-up.ts';

export interface ApiStart {
  kind: 'start';
  region: string;
  role: 'primary' | 'replica';
  defect: Defect;
  /** Of the region's own database and Redis, and of the way to the primary. */
  localPort: number;
  primaryPort: number;
  redisPort: number;
  rttToPrimaryMs: number;
}

/** Reads find the cache quickly or go to the database; a session is nowhere else, so it is waited for. */
const CACHE_TIMEOUT_MS = 50;
const SESSION_TIMEOUT_MS = 3_000;

const start = await hear<ApiStart>('start');
// Connections to the primary by Little's law: a far region has more writes under way at the same rate (here 150/s).
const primary = new Database(start.primaryPort, 10 + Math.ceil(start.rttToPrimaryMs * 0.15));
const local = start.role === 'primary' ? primary : new Database(start.localPort, 6);
const cache = connectRedis(start.redisPort, CACHE_TIMEOUT_MS);
const sessions = connectRedis(start.redisPort, SESSION_TIMEOUT_MS);

const app = buildApi({ ...start, primary, local, cache, sessions });
await app.listen({ host: '127.0.0.1', port: 0 });
const { port } = app.server.address() as AddressInfo;
say({ kind: 'listening', port });

// Not events.once: that gives up at the first failed try of a connection that is tried again.
const redisIsUp = Promise.all(
  [cache, sessions].map(async (redis) => {
    if (redis.status !== 'ready') await new Promise((resolve) => redis.once('ready', resolve));
  }),
);
await Promise.all([primary.open(), local.open(), redisIsUp]);
await warmUp(port, primary.size);
const redisVersion = /redis_version:(\S+)/.exec(await sessions.info('server'))?.[1] ?? 'unknown';
say({ kind: 'ready', versions: { postgres: await local.version(), redis: redisVersion } });
