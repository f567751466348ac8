/** Starts the world on a ground: servers, links, APIs and monitors. */
import { BY_LATENCY } from '../kit/aws.ts';
import type { Ground } from '../kit/ground.ts';
import { syncLinks } from '../kit/links.ts';
import { openWorld } from '../kit/open.ts';
import { untilStreaming, writeHeartbeats } from '../kit/postgres/heartbeat.ts';
import { LagMonitor } from '../kit/postgres/lag-monitor.ts';
import { defaultRouting } from '../kit/programs/routing.ts';
import { addressesOf, processesOf, serveAll, startReplicas, startServers } from '../kit/servers.ts';
import { rttMs } from '../kit/topology.ts';
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
  const around = { ground, topology: TOPOLOGY, truth };
  const servers = await startServers({ ...around, routing, caching: plantedCaching(defect) });
  const { stores, toxiproxy, primary, programs, edge, wiring, redis, links } = servers;
  const databases = await startReplicas(servers, ground, TOPOLOGY);

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
  const { ingress, versions } = await serveAll(servers, ground, apis);
  const peers = await syncLinks(wiring, apis.addresses());
  apis.connect(Object.fromEntries(REGIONS.filter((id) => id !== REPLICA).map((id) => [id, peers[id]![REPLICA]!])));

  const lag = new LagMonitor(truth);
  lag.watch(REPLICA, databases[REPLICA]!.address);
  return openWorld({
    options,
    ...around,
    toxiproxy,
    edge,
    routing,
    ingress,
    servers: { api: apis.addresses(), database: addressesOf(databases), store: addressesOf(stores) },
    processes: Object.values(processesOf({ ...around, apis, databases, stores })).flatMap((some) =>
      Object.values(some),
    ),
    lag,
    versions,
  });
}
