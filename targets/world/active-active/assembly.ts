/**
 * The world `active-active`: a PostgreSQL primary in us-east-1, streaming replicas in eu-west-1 and ap-southeast-1, a
 * Redis and an API per region, an edge, and Toxiproxy on every link that can break.
 *
 *   client ── ingress-<region> ── API ─┬─ redis-<region> ── Redis
 *                                      ├─ the region's own PostgreSQL (reads)
 *                                      └─ delay hop ── primary-<region> ── primary (writes)
 *                                 replica ── delay hop ── replication-<region> ── primary
 *                                     API ── delay hop ── sync-<region>-<other> ── another region's API (carts)
 *
 * The edge checks the regions through their ingress; the main process watches the primary through the primary links and
 * promotes eu-west-1 when it is gone, watches the lag of the replicas, and breaks processes when its control is told to.
 */
import { randomBytes } from 'node:crypto';
import { type Address, onLoopback } from '../kit/address.ts';
import { introduceApi, type ServingApi, tellPeers } from '../kit/api-process.ts';
import type { ApiStart, ApiView } from './api.ts';
import { startControl } from '../kit/control.ts';
import { type Defect, replayDelayMs, STALL } from './defects.ts';
import { describeWorld } from '../kit/description.ts';
import type { EdgeStart, EdgeWatch } from '../kit/programs/edge.ts';
import { evacuating } from '../kit/evacuation.ts';
import type { Ground, Handle, Program, Talk } from '../kit/ground.ts';
import { RHYTHMS } from '../kit/health-check.ts';
import { untilStreaming, writeHeartbeats } from '../kit/postgres/heartbeat.ts';
import { LagMonitor } from '../kit/postgres/lag-monitor.ts';
import { linksTo, type Proxies, syncLinks } from '../kit/links.ts';
import { WorldProcess } from '../kit/processes.ts';
import { promoteWhenGone } from './promotion.ts';
import { PRIMARY, REGIONS, REPLICAS, rttMs, type RegionSpec } from './regions.ts';
import { pauseReplay } from '../kit/postgres/replay.ts';
import { TruthLog } from '../kit/truth.ts';

/** What can be asked of a world. */
export interface Wishes {
  world: string;
  defect: Defect;
  /** Of the routing's health checks and TTL: Route 53's own, or one for runs of a minute. */
  speed: 'fast' | 'real';
}

/** How long an answer of the routing may be believed. */
const TTL_SECONDS = { fast: 5, real: 60 } as const;
/** A start that takes longer than this has failed; on two quiet cores it takes about three seconds. */
const PATIENCE_MS = 20_000;

const byRegion = async <T>(
  regions: readonly RegionSpec[],
  make: (region: RegionSpec) => Promise<T>,
): Promise<Record<string, T>> =>
  Object.fromEntries(await Promise.all(regions.map(async (region) => [region.id, await make(region)] as const)));

/** Starts everything on that ground and returns the path of the world file. */
export async function activeActive({ world, defect, speed }: Wishes, ground: Ground): Promise<string> {
  const truth = new TruthLog();
  const rhythm = RHYTHMS[speed];
  const ttlSeconds = TTL_SECONDS[speed];
  const [stores, toxiproxy, primary, { apis, edge }] = await Promise.all([
    byRegion(REGIONS, ({ id }) => ground.store(id)),
    ground.toxiproxy(),
    ground.database(PRIMARY.id),
    startPrograms(ground, { kind: 'start', defect, ttlSeconds, rhythm, listen: ground.door('edge') }),
  ]);
  const ready = await toxiproxy.ports();
  const proxies: Proxies = async (name, upstream) => ready[name] ?? toxiproxy.proxy(name, upstream);
  const redisPorts = await byRegion(REGIONS, ({ id }) => proxies(`redis-${id}`, stores[id]!.address));
  const replicaIds = REPLICAS.map(({ id }) => id);
  const links = await linksTo({ proxies, ground }, PRIMARY.id, primary.address, replicaIds);

  const replicas = await byRegion(REPLICAS, async ({ id }) => {
    const address = ground.reached(links.replication[id]!);
    await ground.streamFrom(id, { address, slot: true, replayDelayMs: replayDelayMs(defect, id) });
    return ground.database(id);
  });
  const servers = { [PRIMARY.id]: primary, ...replicas };
  const databases = Object.fromEntries(REGIONS.map(({ id }) => [id, servers[id]!.address]));

  const views: Record<string, ApiView> = Object.fromEntries(
    REGIONS.map(({ id, role }) => [
      id,
      {
        epoch: 1,
        role,
        local: databases[id]!,
        primary: ground.reached(links.primary[id]!),
        rttToPrimaryMs: rttMs(id, PRIMARY.id),
      },
    ]),
  );
  const sessionSecret = randomBytes(32).toString('base64url');
  const introduce = (
    region: string,
    program: Program,
    { listen, isBack }: Pick<ApiStart, 'listen' | 'isBack'>,
    listening: (port: number) => Promise<void> = () => Promise.resolve(),
  ): Promise<ServingApi> =>
    introduceApi(
      program,
      { ...views[region]!, region, defect, redis: ground.reached(redisPorts[region]!), sessionSecret, listen, isBack },
      listening,
      PATIENCE_MS,
    );
  const ingress: Record<string, number> = {};
  const serving = await byRegion(REGIONS, ({ id }) =>
    introduce(id, apis[id]!, { listen: ground.door('api'), isBack: false }, async (port) => {
      ingress[id] = await proxies(`ingress-${id}`, ground.apiAddress(id, port));
    }),
  );
  const { port: edgePort } = await edge.hear<{ port: number }>('ready', PATIENCE_MS);
  edge.expectedUp = true;

  const beats = await writeHeartbeats(primary.address);
  await untilStreaming(primary.address, REPLICAS.length, PATIENCE_MS);

  const apiAddresses = Object.fromEntries(REGIONS.map(({ id }) => [id, ground.apiAddress(id, serving[id]!.port)]));
  const peers = await syncLinks({ proxies, ground }, apiAddresses);
  for (const { id } of REGIONS) tellPeers(apis[id]!, peers[id]!);

  const startApi = async (id: string): Promise<Handle> => {
    const program = await ground.api(id);
    const { host } = ground.door('api');
    try {
      await introduce(id, program, { listen: { host, port: serving[id]!.port }, isBack: true });
    } catch (error) {
      await program.handle.end(); // not in the way of the next try
      throw error;
    }
    tellPeers(program, peers[id]!);
    apis[id] = program;
    return program.handle;
  };
  const broken = (kind: 'api' | 'database' | 'store', id: string, handle: Handle, start: () => Promise<Handle>) => {
    const replay = kind === 'database' ? { replay: pauseReplay(databases[id]!) } : {};
    return new WorldProcess({ kind, region: id, handle, start, ...replay }, truth);
  };
  const ofEveryRegion = (make: (id: string) => WorldProcess): Record<string, WorldProcess> =>
    Object.fromEntries(REGIONS.map(({ id }) => [id, make(id)]));
  const apiProcesses = ofEveryRegion((id) => broken('api', id, apis[id]!.handle, () => startApi(id)));
  const databaseProcesses = ofEveryRegion((id) =>
    broken('database', id, servers[id]!.handle, async () => (await ground.database(id)).handle),
  );
  const storeProcesses = ofEveryRegion((id) =>
    broken('store', id, stores[id]!.handle, async () => (await ground.store(id)).handle),
  );
  const processes = [apiProcesses, databaseProcesses, storeProcesses].flatMap((some) => Object.values(some));

  const lag = new LagMonitor(defect, truth);
  for (const id of replicaIds) lag.watch(id, databases[id]!);
  edge.onEvery('truth', (said) => {
    const { what, region, detail, atEpochMs } = said as unknown as (typeof truth.events)[number];
    truth.add(what, region, detail, atEpochMs);
  });
  edge.say({ kind: 'watch', ingress } satisfies EdgeWatch);
  promoteWhenGone(
    { defect, truth, proxies, ground, databases, processes: databaseProcesses, api: (id) => apis[id]!, views },
    { links: mapped(links.primary, onLoopback), rhythm },
    (id, database) => {
      beats.moveTo(database);
      lag.forget(id);
    },
  );
  const watched = { processes, truth, lag, views, toxiproxyUrl: toxiproxy.url };
  const controlPort = await startControl({ ...watched, evacuate: evacuating(edge) }, ground.door('control'));
  if (defect === 'stalled-region') stallAgainAndAgain(apiProcesses[STALL.region]!);

  const lookedAt = (kind: 'api' | 'database' | 'store', addresses: Record<string, Address>) =>
    byRegion(REGIONS, ({ id }) => ground.lookedAt(kind, id, addresses[id]!));
  return ground.publish(
    describeWorld({
      world,
      defect,
      speed,
      rhythm,
      ttlSeconds,
      edgePort,
      controlPort,
      ingress,
      databasePorts: await lookedAt('database', databases),
      apiPorts: await lookedAt('api', apiAddresses),
      redisPorts: await lookedAt(
        'store',
        mapped(stores, ({ address }) => address),
      ),
      toxiproxyUrl: toxiproxy.url,
      versions: {
        ...serving[PRIMARY.id]!.versions,
        toxiproxy: await toxiproxy.version(),
        node: process.version,
        ...ground.versions,
      },
    }),
  );
}

const mapped = <T, U>(record: Record<string, T>, make: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, make(value)]));

/** The programs of our own; they load their code while the stores start. */
async function startPrograms(
  ground: Ground,
  edgeStart: EdgeStart,
): Promise<{ apis: Record<string, Program>; edge: Talk }> {
  const edge = ground.edge().then((program) => {
    program.say(edgeStart);
    return program;
  });
  return { apis: await byRegion(REGIONS, ({ id }) => ground.api(id)), edge: await edge };
}

/** The defect `stalled-region`. */
function stallAgainAndAgain(api: WorldProcess): void {
  const stall = async (): Promise<void> => {
    // One that is broken on purpose is left as it is.
    if (api.state !== 'running') return;
    await api.handle.freeze();
    setTimeout(() => api.state === 'running' && void api.handle.thaw(), STALL.forMs);
  };
  setTimeout(() => {
    void stall();
    setInterval(() => void stall(), STALL.everyMs);
  }, STALL.firstAfterMs);
}
