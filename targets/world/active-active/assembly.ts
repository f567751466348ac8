/** Starts the world on a ground: servers, links, APIs and monitors. */
import { BY_LATENCY } from '../kit/aws.ts';
import { onLoopback } from '../kit/address.ts';
import type { Ground, Server } from '../kit/ground.ts';
import { type PrimaryLinks, syncLinks } from '../kit/links.ts';
import { openWorld } from '../kit/open.ts';
import { untilStreaming, writeHeartbeats } from '../kit/postgres/heartbeat.ts';
import { LagMonitor } from '../kit/postgres/lag-monitor.ts';
import type { WorldProcess } from '../kit/processes.ts';
import { defaultRouting } from '../kit/programs/routing.ts';
import { addressesOf, processesOf, serveAll, startReplicas, startServers } from '../kit/servers.ts';
import { rttMs } from '../kit/topology.ts';
import { TruthLog } from '../kit/truth.ts';
import type { WorldOptions } from '../kit/world.ts';
import type { ApiView } from './api.ts';
import { type DefectId, lagBugs, plantedCaching, plantedRouting, replayDelayMs, STALL } from './defects.ts';
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
  const around = { ground, topology: TOPOLOGY, truth };
  const servers = await startServers({
    ...around,
    routing: plantedRouting(defect, routing),
    caching: plantedCaching(defect),
  });
  const { stores, toxiproxy, primary, programs, edge, wiring, redis, links } = servers;
  const databases = await startReplicas(servers, ground, TOPOLOGY, (id) => replayDelayMs(defect, id));

  const apis = new RegionalApis({ ground, defect, programs, redis, views: firstViews(ground, databases, links) });
  const { ingress, versions } = await serveAll(servers, ground, apis);
  const beats = await writeHeartbeats(primary.address);
  await untilStreaming(primary.address, REPLICAS.length, STREAMING_TIMEOUT_MS);
  apis.connect(await syncLinks(wiring, apis.addresses()));

  const processes = processesOf({ ...around, apis, databases, stores });
  const lag = new LagMonitor(truth, lagBugs(defect));
  for (const id of REPLICAS) lag.watch(id, databases[id]!.address);
  const addresses = { api: apis.addresses(), database: addressesOf(databases), store: addressesOf(stores) };
  promoteOnLoss(
    { defect, truth, wiring, ground, databases: addresses.database, processes: processes.database, apis },
    { links: mapped(links.primary, onLoopback), rhythm: routing.rhythm },
    (id, database) => {
      beats.moveTo(database);
      lag.forget(id);
    },
  );
  if (defect === 'stalled-region') stallPeriodically(processes.api[STALL.region]!);

  return openWorld({
    options,
    ...around,
    toxiproxy,
    edge,
    routing,
    ingress,
    servers: addresses,
    processes: Object.values(processes).flatMap((some) => Object.values(some)),
    lag,
    views: apis.views,
    versions,
  });
}

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

const mapped = <T, U>(record: Record<string, T>, make: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, make(value)]));
