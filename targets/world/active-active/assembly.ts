/** Starts the world on a ground: servers, links, APIs and monitors. */
import { BY_LATENCY } from '../kit/aws.ts';
import { onLoopback } from '../kit/address.ts';
import { startEdge } from '../kit/edge-process.ts';
import type { Ground, Server } from '../kit/ground.ts';
import { linksTo, type PrimaryLinks, proxiesOf, syncLinks } from '../kit/links.ts';
import { openWorld } from '../kit/open.ts';
import { untilStreaming, writeHeartbeats } from '../kit/postgres/heartbeat.ts';
import { LagMonitor } from '../kit/postgres/lag-monitor.ts';
import { pauseReplay } from '../kit/postgres/replay.ts';
import { processesOfKind, type WorldProcess } from '../kit/processes.ts';
import { defaultRouting } from '../kit/programs/routing.ts';
import { byRegion, rttMs } from '../kit/topology.ts';
import { TruthLog } from '../kit/truth.ts';
import type { WorldOptions } from '../kit/world.ts';
import type { ApiView } from './api.ts';
import {
  type Defect,
  type DefectId,
  lagBugs,
  plantedCaching,
  plantedRouting,
  replayDelayMs,
  STALL,
} from './defects.ts';
import { promoteOnLoss } from './promotion.ts';
import { RegionalApis } from './regional-apis.ts';
import { PRIMARY, REPLICAS, TOPOLOGY } from './topology.ts';

const REGIONS = TOPOLOGY.regions.map(({ id }) => id);

/** Replicas must stream within this time. */
const STREAMING_TIMEOUT_MS = 20_000;

/** Starts all processes on this ground and returns the path of world.json. */
export async function start(options: WorldOptions<DefectId>, ground: Ground): Promise<string> {
  const { defect, speed } = options;
  const truth = new TruthLog();
  const routing = defaultRouting(speed, BY_LATENCY);
  // Programs load their code while the stores start.
  const [stores, toxiproxy, primary, programs, edge] = await Promise.all([
    byRegion(REGIONS, (id) => ground.store(id)),
    ground.toxiproxy(),
    ground.database(PRIMARY),
    byRegion(REGIONS, (id) => ground.api(id)),
    startEdge(ground, TOPOLOGY, plantedRouting(defect, routing), truth, plantedCaching(defect)),
  ]);
  const proxies = await proxiesOf(toxiproxy);
  const wiring = { proxies, ground, topology: TOPOLOGY };
  const redis = await byRegion(REGIONS, async (id) =>
    ground.addressFromRegions(await proxies(`redis-${id}`, stores[id]!.address)),
  );
  const links = await linksTo(wiring, PRIMARY, primary.address, REPLICAS);
  const databases: Record<string, Server> = { [PRIMARY]: primary, ...(await startReplicas(ground, defect, links)) };

  const apis = new RegionalApis({ ground, defect, programs, redis, views: firstViews(ground, databases, links) });
  const ingress: Record<string, number> = {};
  const serving = await byRegion(REGIONS, (id) =>
    apis.serve(id, async (port) => {
      ingress[id] = await proxies(`ingress-${id}`, ground.apiAddress(id, port));
    }),
  );
  const beats = await writeHeartbeats(primary.address);
  await untilStreaming(primary.address, REPLICAS.length, STREAMING_TIMEOUT_MS);
  apis.connect(await syncLinks(wiring, apis.addresses()));

  const processes = processesOf({ ground, truth, apis, databases, stores });
  const lag = new LagMonitor(truth, lagBugs(defect));
  for (const id of REPLICAS) lag.watch(id, databases[id]!.address);
  const servers = { api: apis.addresses(), database: addressesOf(databases), store: addressesOf(stores) };
  promoteOnLoss(
    { defect, truth, wiring, ground, databases: servers.database, processes: processes.database, apis },
    { links: mapped(links.primary, onLoopback), rhythm: routing.rhythm },
    (id, database) => {
      beats.moveTo(database);
      lag.forget(id);
    },
  );
  if (defect === 'stalled-region') stallPeriodically(processes.api[STALL.region]!);

  return openWorld({
    options,
    topology: TOPOLOGY,
    ground,
    truth,
    toxiproxy,
    edge,
    routing,
    ingress,
    servers,
    processes: Object.values(processes).flatMap((some) => Object.values(some)),
    lag,
    views: apis.views,
    versions: serving[PRIMARY]!.versions,
  });
}

const startReplicas = (ground: Ground, defect: Defect, links: PrimaryLinks): Promise<Record<string, Server>> =>
  byRegion(REPLICAS, async (id) => {
    const address = ground.addressFromRegions(links.replication[id]!);
    await ground.streamFrom(id, { address, slot: true, replayDelayMs: replayDelayMs(defect, id) });
    return ground.database(id);
  });

/** The first view of each region's API. */
function firstViews(ground: Ground, databases: Record<string, Server>, links: PrimaryLinks): Record<string, ApiView> {
  const viewOf = (id: string): ApiView => ({
    epoch: 1,
    role: REPLICAS.includes(id) ? 'replica' : 'primary',
    local: databases[id]!.address,
    primary: ground.addressFromRegions(links.primary[id]!),
    rttToPrimaryMs: rttMs(TOPOLOGY, id, PRIMARY),
  });
  return Object.fromEntries(REGIONS.map((id) => [id, viewOf(id)]));
}

interface Breakable {
  ground: Ground;
  truth: TruthLog;
  apis: RegionalApis;
  databases: Record<string, Server>;
  stores: Record<string, Server>;
}

/** All processes that faults can target, by kind and region. */
function processesOf({ ground, truth, apis, databases, stores }: Breakable) {
  return {
    api: processesOfKind('api', REGIONS, truth, (id) => ({
      handle: apis.handle(id),
      start: () => apis.restart(id),
    })),
    database: processesOfKind('database', REGIONS, truth, (id) => ({
      handle: databases[id]!.handle,
      start: async () => (await ground.database(id)).handle,
      replay: pauseReplay(databases[id]!.address),
    })),
    store: processesOfKind('store', REGIONS, truth, (id) => ({
      handle: stores[id]!.handle,
      start: async () => (await ground.store(id)).handle,
    })),
  };
}

/** The defect `stalled-region`. */
function stallPeriodically(api: WorldProcess): void {
  const stall = async (): Promise<void> => {
    // Do not interfere with an injected fault.
    if (api.state !== 'running') return;
    await api.handle.freeze();
    setTimeout(() => api.state === 'running' && void api.handle.thaw(), STALL.forMs);
  };
  setTimeout(() => {
    void stall();
    setInterval(() => void stall(), STALL.everyMs);
  }, STALL.firstAfterMs);
}

const addressesOf = (servers: Record<string, Server>) => mapped(servers, ({ address }) => address);

const mapped = <T, U>(record: Record<string, T>, make: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, make(value)]));
