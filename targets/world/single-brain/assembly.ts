/** Starts the world on a ground: servers, links, APIs and monitors. */
import { BY_LATENCY } from '../kit/aws.ts';
import type { Address } from '../kit/address.ts';
import { startEdge } from '../kit/edge-process.ts';
import type { Ground, Server } from '../kit/ground.ts';
import { linksTo, proxiesOf, syncLinks } from '../kit/links.ts';
import { openWorld } from '../kit/open.ts';
import { untilStreaming, writeHeartbeats } from '../kit/postgres/heartbeat.ts';
import { LagMonitor } from '../kit/postgres/lag-monitor.ts';
import { pauseReplay } from '../kit/postgres/replay.ts';
import { processesOfKind } from '../kit/processes.ts';
import { defaultRouting } from '../kit/programs/routing.ts';
import { byRegion, regionsWith, rttMs } from '../kit/topology.ts';
import { TruthLog } from '../kit/truth.ts';
import type { WorldOptions } from '../kit/world.ts';
import { type DefectId, plantedCaching } from './defects.ts';
import { RegionalApis } from './regional-apis.ts';
import { PRIMARY, REPLICA, TOPOLOGY } from './topology.ts';

const REGIONS = TOPOLOGY.regions.map(({ id }) => id);

/** The replica must stream within this time. */
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
    startEdge(ground, TOPOLOGY, routing, truth, plantedCaching(defect)),
  ]);
  const proxies = await proxiesOf(toxiproxy);
  const wiring = { proxies, ground, topology: TOPOLOGY };
  const redis = await byRegion(REGIONS, async (id) =>
    ground.addressFromRegions(await proxies(`redis-${id}`, stores[id]!.address)),
  );
  const links = await linksTo(wiring, PRIMARY, primary.address, [REPLICA]);
  const address = ground.addressFromRegions(links.replication[REPLICA]!);
  await ground.streamFrom(REPLICA, { address, slot: true, replayDelayMs: 0 });
  const databases: Record<string, Server> = { [PRIMARY]: primary, [REPLICA]: await ground.database(REPLICA) };

  const settings = (id: string) => ({
    defect,
    redis: redis[id]!,
    primary: ground.addressFromRegions(links.primary[id]!),
    replica: id === REPLICA ? databases[REPLICA]!.address : null,
    rttToPrimaryMs: rttMs(TOPOLOGY, id, PRIMARY),
  });
  const beats = writeHeartbeats(primary.address);
  await untilStreaming(primary.address, 1, STREAMING_TIMEOUT_MS);
  await beats;
  const apis = new RegionalApis(ground, programs, Object.fromEntries(REGIONS.map((id) => [id, settings(id)])));
  const ingress: Record<string, number> = {};
  const serving = await byRegion(REGIONS, (id) =>
    apis.serve(id, async (port) => {
      ingress[id] = await proxies(`ingress-${id}`, ground.apiAddress(id, port));
    }),
  );
  const peers = await syncLinks(wiring, apis.addresses());
  apis.connect(Object.fromEntries(REGIONS.filter((id) => id !== REPLICA).map((id) => [id, peers[id]![REPLICA]!])));

  const lag = new LagMonitor(truth);
  lag.watch(REPLICA, databases[REPLICA]!.address);
  return openWorld({
    options,
    topology: TOPOLOGY,
    ground,
    truth,
    toxiproxy,
    edge,
    routing,
    ingress,
    servers: { api: apis.addresses(), database: addressesOf(databases), store: addressesOf(stores) },
    processes: processesOf({ ground, truth, apis, databases, stores }),
    lag,
    versions: serving[PRIMARY]!.versions,
  });
}

interface Breakable {
  ground: Ground;
  truth: TruthLog;
  apis: RegionalApis;
  databases: Record<string, Server>;
  stores: Record<string, Server>;
}

/** All processes that faults can target. */
const processesOf = ({ ground, truth, apis, databases, stores }: Breakable) =>
  [
    processesOfKind('api', REGIONS, truth, (id) => ({ handle: apis.handle(id), start: () => apis.restart(id) })),
    processesOfKind('database', regionsWith(TOPOLOGY, 'database'), truth, (id) => ({
      handle: databases[id]!.handle,
      start: async () => (await ground.database(id)).handle,
      replay: pauseReplay(databases[id]!.address),
    })),
    processesOfKind('store', REGIONS, truth, (id) => ({
      handle: stores[id]!.handle,
      start: async () => (await ground.store(id)).handle,
    })),
  ].flatMap((some) => Object.values(some));

const addressesOf = (servers: Record<string, Server>): Record<string, Address> =>
  Object.fromEntries(Object.entries(servers).map(([id, { address }]) => [id, address]));
