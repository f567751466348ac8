/** The API of one region, a process of its own; the same code everywhere, the region comes from the main process. */
import type { Address } from '../kit/address.ts';
import { buildApi } from './api-routes.ts';
import { Cache, connectRedis } from '../kit/programs/cache.ts';
import type { Peers } from './cart-exchange.ts';
import { addCarts } from './cart-routes.ts';
import { hear, onEvery, say } from '../kit/programs/conversation.ts';
import { listen } from '../kit/programs/listen.ts';
import type { Defect } from './defects.ts';
import type { Stores } from './route-parts.ts';
import { ShopDatabase } from './stores.ts';
import { warmUp } from './warm-up.ts';

/** Who is the primary, as this region's API is told. */
export interface ApiView {
  /** Goes up with every promotion; a write of an epoch that is over is refused. */
  epoch: number;
  /** What answers its reads: a replica of its own, or the primary, its own or a far one. */
  role: 'primary' | 'replica';
  /** Of the database that answers its reads (unused where that is the primary), and of the way to the primary. */
  local: Address;
  primary: Address;
  rttToPrimaryMs: number;
}

export interface ApiStart extends ApiView {
  kind: 'start';
  region: string;
  defect: Defect;
  redis: Address;
  /** What every region signs sessions with. */
  sessionSecret: string;
  /** Port 0 = a free one. */
  listen: Address;
  /** It was ended and comes back: its clients wait for it. */
  isBack: boolean;
}

/** Reads find the cache quickly or go to the database. Without that rule (a defect) they wait for it. */
const CACHE_TIMEOUT_MS = 50;
const REQUIRED_TIMEOUT_MS = 1_000;

const start = await hear<ApiStart>('start');
const isRequired = start.defect === 'redis-required';
const redis = connectRedis(start.redis, isRequired ? REQUIRED_TIMEOUT_MS : CACHE_TIMEOUT_MS);
const stores: Stores = { ...databases(start), cache: new Cache(redis, isRequired) };

const app = buildApi({ ...start, stores });
const setPeers = addCarts(app, { ...start, redis });
await app.ready();
// What comes back is waited for by clients: its connections first, as far as there is anything to connect to.
if (start.isBack) await Promise.race([openAll().catch(() => {}), new Promise((resolve) => setTimeout(resolve, 1_000))]);
const port = await listen(app.server, start.listen);
say({ kind: 'listening', port });

if (!start.isBack) {
  // Not events.once: that gives up at the first failed try of a connection that is tried again.
  if (redis.status !== 'ready') await new Promise<void>((resolve) => redis.once('ready', () => resolve()));
  await openAll();
  await warmUp(port, stores.primary.size);
}
const versions = start.isBack ? {} : { postgres: await stores.local.version(), redis: await stores.cache.version() };
say({ kind: 'ready', versions });

onEvery<{ links: Peers }>('peers', ({ links }) => setPeers(links));

onEvery<ApiView>('view', (view) => {
  if (view.epoch <= stores.epoch) return;
  const old = new Set([stores.local, stores.primary]);
  Object.assign(stores, databases(view, view.role === 'replica' ? stores.local : undefined));
  old.delete(stores.local);
  for (const database of old) database.close();
  void openAll().catch(() => {}); // a statement opens what is not open
});

/** Connections to the primary by Little's law: a far region has more writes under way at the same rate (here 150/s). */
function databases(view: ApiView, local?: ShopDatabase): Omit<Stores, 'cache'> {
  const primary = new ShopDatabase(view.primary, 10 + Math.ceil(view.rttToPrimaryMs * 0.15));
  const reads = view.role === 'primary' ? primary : (local ?? new ShopDatabase(view.local, 6));
  return { epoch: view.epoch, role: view.role, local: reads, primary };
}

async function openAll(): Promise<void> {
  await Promise.all([...new Set([stores.primary, stores.local])].map((database) => database.open()));
}
