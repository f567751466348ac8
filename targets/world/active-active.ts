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
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { introduceApi, loadApi, type ServingApi, tellPeers } from './api-process.ts';
import type { ApiView } from './api.ts';
import { bundlePrograms } from './bundle.ts';
import type { Child } from './child.ts';
import type { Children, SystemUser } from './children.ts';
import { startControl } from './control.ts';
import { replayDelayMs, STALL } from './defects.ts';
import { describeWorld } from './description.ts';
import type { EdgeStart, EdgeWatch } from './edge.ts';
import { evacuating } from './evacuation.ts';
import { RHYTHMS } from './health-check.ts';
import { untilStreaming, writeHeartbeats } from './heartbeat.ts';
import { LagMonitor } from './lag-monitor.ts';
import { linksTo, syncLinks } from './links.ts';
import { makeDataDirectories, startPostgres, streamFrom } from './postgres.ts';
import { WorldProcess } from './processes.ts';
import { promoteWhenGone } from './promotion.ts';
import { PRIMARY, REGIONS, REPLICAS, rttMs, type RegionSpec } from './regions.ts';
import { pauseReplay } from './replay.ts';
import { startRedis, Toxiproxy } from './servers.ts';
import type { Settings } from './settings.ts';
import { runnablePostgres } from './system-user.ts';
import { TruthLog } from './truth.ts';

/** How long an answer of the routing may be believed. */
const TTL_SECONDS = { fast: 5, real: 60 } as const;
/** A start that takes longer than this has failed; on two quiet cores it takes about three seconds. */
const PATIENCE_MS = 20_000;

const byRegion = async <T>(
  regions: readonly RegionSpec[],
  make: (region: RegionSpec) => Promise<T>,
): Promise<Record<string, T>> =>
  Object.fromEntries(await Promise.all(regions.map(async (region) => [region.id, await make(region)] as const)));

/** Starts everything in `children` and returns the path of the world file. */
export async function activeActive(
  { world, defect, speed, tools, worldFile }: Settings,
  children: Children,
  user: SystemUser | undefined,
): Promise<string> {
  const truth = new TruthLog();
  const rhythm = RHYTHMS[speed];
  const ttlSeconds = TTL_SECONDS[speed];
  const [redis, toxiproxy, { home, primary }, { files, apis, edge }] = await Promise.all([
    byRegion(REGIONS, ({ id }) => startRedis(children, tools.redisServer, id)),
    Toxiproxy.start(children, tools.toxiproxyServer),
    primaryDatabase(children, tools.postgresBinDir, user),
    startPrograms(children, { kind: 'start', defect, ttlSeconds, rhythm }),
  ]);
  const redisPorts = await byRegion(REGIONS, ({ id }) => toxiproxy.proxy(`redis-${id}`, redis[id]!.port));
  const replicaIds = REPLICAS.map(({ id }) => id);
  const links = await linksTo(toxiproxy, PRIMARY.id, primary.port, replicaIds);

  const replicas = await byRegion(REPLICAS, async ({ id }) => {
    await streamFrom(home, id, links.replication[id]!);
    return startPostgres(home, id, { replayDelayMs: replayDelayMs(defect, id) });
  });
  const servers = { [PRIMARY.id]: primary, ...replicas };
  const databasePorts = Object.fromEntries(REGIONS.map(({ id }) => [id, servers[id]!.port]));

  const views: Record<string, ApiView> = Object.fromEntries(
    REGIONS.map(({ id, role }) => [
      id,
      {
        epoch: 1,
        role,
        localPort: databasePorts[id]!,
        primaryPort: links.primary[id]!,
        rttToPrimaryMs: rttMs(id, PRIMARY.id),
      },
    ]),
  );
  const sessionSecret = randomBytes(32).toString('base64url');
  const introduce = (
    region: string,
    child: Child,
    samePort: number,
    listening: (port: number) => Promise<void>,
  ): Promise<ServingApi> =>
    introduceApi(
      child,
      { ...views[region]!, region, defect, redisPort: redisPorts[region]!, sessionSecret, samePort },
      listening,
      PATIENCE_MS,
    );
  const ingress: Record<string, number> = {};
  const serving = await byRegion(REGIONS, ({ id }) =>
    introduce(id, apis[id]!, 0, async (port) => void (ingress[id] = await toxiproxy.proxy(`ingress-${id}`, port))),
  );
  const { port: edgePort } = await edge.hear<{ port: number }>('ready', PATIENCE_MS);
  edge.expectedUp = true;

  const beats = await writeHeartbeats(primary.port);
  await untilStreaming(primary.port, REPLICAS.length, PATIENCE_MS);

  const apiPorts = Object.fromEntries(REGIONS.map(({ id }) => [id, serving[id]!.port]));
  const peers = await syncLinks(toxiproxy, apiPorts);
  for (const { id } of REGIONS) tellPeers(apis[id]!, peers[id]!);

  const startApi = async (id: string): Promise<Child> => {
    const child = loadApi(children, files.api, id);
    await child.orEnd(introduce(id, child, serving[id]!.port, () => Promise.resolve()));
    tellPeers(child, peers[id]!);
    return child;
  };
  const broken = (kind: 'api' | 'database' | 'store', id: string, child: Child, start: () => Promise<Child>) => {
    const replay = kind === 'database' ? { replay: pauseReplay(databasePorts[id]!) } : {};
    return new WorldProcess({ kind, region: id, child, start, ...replay }, children, truth);
  };
  const ofEveryRegion = (make: (id: string) => WorldProcess): Record<string, WorldProcess> =>
    Object.fromEntries(REGIONS.map(({ id }) => [id, make(id)]));
  const apiProcesses = ofEveryRegion((id) => broken('api', id, apis[id]!, () => startApi(id)));
  const databases = ofEveryRegion((id) =>
    broken('database', id, servers[id]!.child, async () => {
      const options = { port: databasePorts[id]!, replayDelayMs: replayDelayMs(defect, id) };
      return (await startPostgres(home, id, options)).child;
    }),
  );
  const stores = ofEveryRegion((id) =>
    broken('store', id, redis[id]!.child, async () => {
      return (await startRedis(children, tools.redisServer, id, redis[id]!.port)).child;
    }),
  );
  const processes = [apiProcesses, databases, stores].flatMap((some) => Object.values(some));

  const lag = new LagMonitor(defect, truth);
  for (const id of replicaIds) lag.watch(id, databasePorts[id]!);
  edge.onEvery('truth', (said) => {
    const { what, region, detail, atEpochMs } = said as unknown as (typeof truth.events)[number];
    truth.add(what, region, detail, atEpochMs);
  });
  edge.say({ kind: 'watch', ingress } satisfies EdgeWatch);
  const apiOf = (id: string): Child => apiProcesses[id]!.child;
  promoteWhenGone(
    { defect, truth, toxiproxy, home, databasePorts, databases, api: apiOf, views },
    { ports: links.primary, rhythm },
    (id, port) => {
      beats.moveTo(port);
      lag.forget(id);
    },
  );
  const watched = { processes, truth, lag, views, toxiproxyUrl: toxiproxy.url };
  const controlPort = await startControl({ ...watched, evacuate: evacuating(edge) });
  if (defect === 'stalled-region') stallAgainAndAgain(apiProcesses[STALL.region]!);

  const path = worldFile ?? join(children.directory, 'world.json');
  children.removeAtEnd(path);
  const description = describeWorld({
    world,
    defect,
    speed,
    rhythm,
    ttlSeconds,
    edgePort,
    controlPort,
    ingress,
    databasePorts,
    apiPorts,
    redisPorts: Object.fromEntries(REGIONS.map(({ id }) => [id, redis[id]!.port])),
    toxiproxyUrl: toxiproxy.url,
    versions: { ...serving[PRIMARY.id]!.versions, toxiproxy: await toxiproxy.version(), node: process.version },
  });
  await writeFile(`${path}.part`, `${JSON.stringify(description, null, 2)}\n`);
  await rename(`${path}.part`, path); // whoever waits for the file sees all of it
  return path;
}

async function primaryDatabase(children: Children, binDirectory: string, user: SystemUser | undefined) {
  const bin = await runnablePostgres(children, binDirectory, user);
  const home = { children, bin, user };
  await makeDataDirectories(home, [PRIMARY.id, ...REPLICAS.map(({ id }) => id)]);
  return { home, primary: await startPostgres(home, PRIMARY.id) };
}

/** The processes of our own; they load their code while the stores start. */
async function startPrograms(children: Children, edgeStart: EdgeStart) {
  const files = await bundlePrograms(children.directory);
  const edge = children.start({ name: 'edge', command: process.execPath, args: [files.edge], talks: true });
  edge.say(edgeStart);
  const apis = Object.fromEntries(REGIONS.map(({ id }) => [id, loadApi(children, files.api, id)]));
  return { files, apis, edge };
}

/** The defect `stalled-region`. The watcher wakes the process when the world goes down. */
function stallAgainAndAgain(api: WorldProcess): void {
  const stall = (): void => {
    // One that is broken on purpose is left as it is.
    if (api.state !== 'running') return;
    api.child.signal('SIGSTOP');
    setTimeout(() => api.state === 'running' && api.child.signal('SIGCONT'), STALL.forMs);
  };
  setTimeout(() => {
    stall();
    setInterval(stall, STALL.everyMs);
  }, STALL.firstAfterMs);
}
