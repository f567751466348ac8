/** The API of one region, a process of its own. Its region and settings come from the main process. */
import type { Address } from '../kit/address.ts';
import type { ApiListen } from '../kit/api-fleet.ts';
import { buildApi } from './api-routes.ts';
import { Cache, connectRedis } from '../kit/programs/cache.ts';
import type { Peers } from './cart-exchange.ts';
import { addCarts } from './cart-routes.ts';
import { receive, onMessage, send } from '../kit/programs/channel.ts';
import { listen } from '../kit/programs/listen.ts';
import type { Defect } from './defects.ts';
import type { Stores } from './route-parts.ts';
import { ShopDatabase } from './stores.ts';
import { warmUp } from './warm-up.ts';

/** The databases of one region's API. It changes with a promotion. */
export interface ApiView {
  /** Incremented by every promotion; a write in an old epoch is refused. */
  epoch: number;
  /** Role of the database that serves its reads: its own replica, or the primary, local or remote. */
  role: 'primary' | 'replica';
  /** Address of the database for reads (unused if that is the primary), and of the link to the primary. */
  local: Address;
  primary: Address;
  rttToPrimaryMs: number;
}

export interface ApiStart extends ApiView, ApiListen {
  kind: 'start';
  defect: Defect;
  redis: Address;
  /** The key that all regions sign sessions with. */
  sessionSecret: string;
}

/** After this time a read goes to the database without the cache; with the defect `redis-required` it waits longer. */
const CACHE_TIMEOUT_MS = 50;
const REQUIRED_TIMEOUT_MS = 1_000;

const start = await receive<ApiStart>('start');
const isRequired = start.defect === 'redis-required';
const redis = connectRedis(start.redis, isRequired ? REQUIRED_TIMEOUT_MS : CACHE_TIMEOUT_MS);
const stores: Stores = { ...databases(start), cache: new Cache(redis, isRequired) };

const app = buildApi({ ...start, stores });
const setPeers = addCarts(app, { ...start, redis });
await app.ready();
// After a restart clients are waiting: open the database connections first, but listen after a second at the latest.
if (start.isRestart)
  await Promise.race([openAll().catch(() => {}), new Promise((resolve) => setTimeout(resolve, 1_000))]);
const port = await listen(app.server, start.listen);
send({ kind: 'listening', port });

if (!start.isRestart) {
  // Not events.once, which rejects at the first failed connection attempt.
  if (redis.status !== 'ready') await new Promise<void>((resolve) => redis.once('ready', () => resolve()));
  await openAll();
  await warmUp(port, stores.primary.size);
}
const versions = start.isRestart ? {} : { postgres: await stores.local.version(), redis: await stores.cache.version() };
send({ kind: 'ready', versions });

onMessage<{ links: Peers }>('peers', ({ links }) => setPeers(links));

onMessage<ApiView>('view', (view) => {
  if (view.epoch <= stores.epoch) return;
  const old = new Set([stores.local, stores.primary]);
  Object.assign(stores, databases(view, view.role === 'replica' ? stores.local : undefined));
  old.delete(stores.local);
  for (const database of old) database.close();
  void openAll().catch(() => {}); // a statement opens what is not open
});

/** Pool size for the primary by Little's law: a remote region has more writes in flight at the same rate (150/s). */
function databases(view: ApiView, local?: ShopDatabase): Omit<Stores, 'cache'> {
  const primary = new ShopDatabase(view.primary, 10 + Math.ceil(view.rttToPrimaryMs * 0.15));
  const reads = view.role === 'primary' ? primary : (local ?? new ShopDatabase(view.local, 6));
  return { epoch: view.epoch, role: view.role, local: reads, primary };
}

async function openAll(): Promise<void> {
  await Promise.all([...new Set([stores.primary, stores.local])].map((database) => database.open()));
}
