/** The API at one edge, a process of its own. Its region and settings come from the main process. */
import type { Address } from '../kit/address.ts';
import type { ApiListen } from '../kit/api-fleet.ts';
import { Cache, connectRedis } from '../kit/programs/cache.ts';
import { onMessage, receive, send } from '../kit/programs/channel.ts';
import { listen } from '../kit/programs/listen.ts';
import { buildApi } from './api-routes.ts';
import { BrainDatabase } from './databases.ts';
import type { Defect } from './defects.ts';
import { EdgeCopies } from './edge-copies.ts';
import { Peer } from './peer.ts';
import { ReadPath } from './read-path.ts';
import { warmUp } from './warm-up.ts';

export interface ApiStart extends ApiListen {
  kind: 'start';
  defect: Defect;
  redis: Address;
  /** The link to the primary, and the replica in this region; null for none. */
  primary: Address;
  replica: Address | null;
  rttToPrimaryMs: number;
}

/** The link to the region with the replica. */
export interface ApiPeer {
  kind: 'peer';
  address: Address;
}

/** After this time a read goes on without the Redis of the edge; with the defect `redis-required` it waits longer. */
const CACHE_TIMEOUT_MS = 50;
const REQUIRED_TIMEOUT_MS = 1_000;
/** A write that takes longer has failed, and the client is told. */
const PRIMARY_TIMEOUT_MS = 1_500;
/** A read that takes longer goes to the primary. */
const REPLICA_TIMEOUT_MS = 500;
const REPLICA_CONNECTIONS = 6;

const start = await receive<ApiStart>('start');
const { region, defect, isRestart } = start;
const isRequired = defect === 'redis-required';
const redis = connectRedis(start.redis, isRequired ? REQUIRED_TIMEOUT_MS : CACHE_TIMEOUT_MS);
const cache = new Cache(redis, isRequired);
// Pool size for the primary by Little's law: a remote region has more requests in flight at the same rate (250/s).
const primary = new BrainDatabase(start.primary, 10 + Math.ceil(start.rttToPrimaryMs * 0.25), PRIMARY_TIMEOUT_MS);
const replica =
  start.replica === null ? null : new BrainDatabase(start.replica, REPLICA_CONNECTIONS, REPLICA_TIMEOUT_MS);
const peer = replica === null ? new Peer() : null;

const opened = Promise.all([primary.open(), replica?.open()]);
if (!isRestart) await opened;
else opened.catch(() => {}); // a statement opens what is not open
const app = buildApi({
  region,
  defect,
  data: new ReadPath({ primary, replica }, defect),
  copies: new EdgeCopies(cache, defect),
  peer,
});
await app.ready();
const port = await listen(app.server, start.listen);
send({ kind: 'listening', port });

if (!isRestart) {
  // Not events.once, which rejects at the first failed connection attempt.
  if (redis.status !== 'ready') await new Promise<void>((resolve) => redis.once('ready', () => resolve()));
  await warmUp(port, primary.size);
}
const versions = isRestart ? {} : { postgres: await primary.version(), redis: await cache.version() };
send({ kind: 'ready', versions });
onMessage<ApiPeer>('peer', ({ address }) => peer?.connect(address));
