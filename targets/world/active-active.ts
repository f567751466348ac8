/**
 * The world `active-active`: a PostgreSQL primary in us-east-1, streaming replicas in eu-west-1 and ap-southeast-1, a
 * Redis and an API per region, an edge, and Toxiproxy on every link that can break.
 *
 *   client ── ingress-<region> ── API ─┬─ redis-<region> ── Redis
 *                                      ├─ the region's own PostgreSQL (reads)
 *                                      └─ delay hop ── primary-<region> ── primary (writes)
 *                                 replica ── delay hop ── replication-<region> ── primary
 */
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundlePrograms } from './bundle.ts';
import type { ApiStart } from './api.ts';
import type { Child, Children, SystemUser } from './children.ts';
import { startDelayHop } from './delay-hop.ts';
import { type Defect, replayDelayMs, STALL } from './defects.ts';
import type { EdgeStart } from './edge.ts';
import { untilStreaming, writeHeartbeats } from './heartbeat.ts';
import { makeDataDirectories, type Postgres, replicaSettings, startPostgres } from './postgres.ts';
import { PRIMARY, REGIONS, REPLICAS, RTT_TO_PRIMARY_MS, type RegionSpec } from './regions.ts';
import { DATABASE } from './schema.ts';
import { type Server, startRedis, Toxiproxy } from './servers.ts';
import type { Settings } from './settings.ts';
import { runnablePostgres } from './system-user.ts';

/** Route 53 at speed `fast`: an answer may be believed for 5 s. */
const TTL_SECONDS = 5;
/** A start that takes longer than this has failed; on two quiet cores it takes about three seconds. */
const PATIENCE_MS = 20_000;

const byRegion = async <T>(
  regions: readonly RegionSpec[],
  make: (region: RegionSpec) => Promise<T>,
): Promise<Record<string, T>> =>
  Object.fromEntries(await Promise.all(regions.map(async (region) => [region.id, await make(region)] as const)));

/** Starts everything in `children` and returns the path of the world file. */
export async function activeActive(
  { world, defect, tools, worldFile }: Settings,
  children: Children,
  user: SystemUser | undefined,
): Promise<string> {
  const [redis, toxiproxy, { home, primary }, { apis, edge }] = await Promise.all([
    byRegion(REGIONS, ({ id }) => startRedis(children, tools.redisServer, id)),
    Toxiproxy.start(children, tools.toxiproxyServer),
    primaryDatabase(children, tools.postgresBinDir, user),
    startPrograms(children, defect),
  ]);
  const redisPorts = await byRegion(REGIONS, ({ id }) => toxiproxy.proxy(`redis-${id}`, redis[id]!.port));
  const primaryPorts = await byRegion(REGIONS, ({ id }) => toxiproxy.proxy(`primary-${id}`, primary.port));
  const replicationPorts = await byRegion(REPLICAS, ({ id }) => toxiproxy.proxy(`replication-${id}`, primary.port));

  const hops = (kind: Record<string, number>): Promise<Record<string, number>> =>
    byRegion(REPLICAS, async ({ id }) => {
      const oneWayMs = RTT_TO_PRIMARY_MS[id]! / 2;
      return (await startDelayHop({ oneWayMs, upstreamPort: kind[id]! })).port;
    });
  const farPrimary = await hops(primaryPorts);
  const farReplication = await hops(replicationPorts);

  const replicas = await byRegion(REPLICAS, ({ id }) =>
    startPostgres(home, id, replicaSettings(id, farReplication[id]!, replayDelayMs(defect, id))),
  );
  const ready = await byRegion(REGIONS, async ({ id, role }) => {
    const api = apis[id]!;
    api.say({
      kind: 'start',
      region: id,
      role,
      defect,
      localPort: (replicas[id] ?? primary).port,
      primaryPort: farPrimary[id] ?? primaryPorts[id]!,
      redisPort: redisPorts[id]!,
      rttToPrimaryMs: RTT_TO_PRIMARY_MS[id]!,
    } satisfies ApiStart);
    const { port } = await api.hear<{ port: number }>('listening', PATIENCE_MS);
    const ingress = await toxiproxy.proxy(`ingress-${id}`, port);
    const { versions } = await api.hear<{ versions: Record<string, string> }>('ready', PATIENCE_MS);
    return { port, ingress, versions };
  });
  const { port: edgePort } = await edge.hear<{ port: number }>('ready', PATIENCE_MS);
  for (const child of [...Object.values(apis), edge]) child.expectedUp = true;

  await writeHeartbeats(primary.port);
  await untilStreaming(primary.port, REPLICAS.length, PATIENCE_MS);
  if (defect === 'stalled-region') stallAgainAndAgain(apis[STALL.region]!);

  const path = worldFile ?? join(children.directory, 'world.json');
  children.removeAtEnd(path);
  const description = describe(world, defect, { ready, edgePort, toxiproxy: toxiproxy.url, primary, replicas, redis });
  await writeFile(`${path}.part`, `${JSON.stringify(await description, null, 2)}\n`);
  await rename(`${path}.part`, path); // whoever waits for the file sees all of it
  return path;

  /** The shape of src/formats/world-file.ts, which a test holds this to. */
  async function describe(world: string, defect: Defect, at: Addresses): Promise<object> {
    const url = (port: number): string => `http://127.0.0.1:${port}`;
    const link = (kind: string, region: string, to: string | null, rttMs: number) => ({
      proxy: `${kind}-${region}`,
      kind,
      region,
      to,
      rttMs,
    });
    return {
      version: 1,
      world,
      defect,
      pid: process.pid,
      startedAt: new Date().toISOString(),
      routing: { url: url(at.edgePort), ttlSeconds: TTL_SECONDS, speed: 'fast' },
      edge: { url: url(at.edgePort) },
      regions: REGIONS.map(({ id, role }) => ({
        id,
        role,
        url: url(at.ready[id]!.ingress),
        directUrl: url(at.ready[id]!.port),
        postgresUrl: `postgres://${DATABASE.user}@127.0.0.1:${(at.replicas[id] ?? at.primary).port}/${DATABASE.database}`,
        redisUrl: `redis://127.0.0.1:${at.redis[id]!.port}`,
        rttToPrimaryMs: RTT_TO_PRIMARY_MS[id]!,
      })),
      toxiproxy: { url: at.toxiproxy },
      links: REGIONS.flatMap(({ id }) => [
        link('ingress', id, null, 0),
        link('redis', id, null, 0),
        link('primary', id, PRIMARY.id, RTT_TO_PRIMARY_MS[id]!),
        ...(id === PRIMARY.id ? [] : [link('replication', id, PRIMARY.id, RTT_TO_PRIMARY_MS[id]!)]),
      ]),
      versions: { ...at.ready[PRIMARY.id]!.versions, toxiproxy: await toxiproxy.version(), node: process.version },
    };
  }
}

interface Addresses {
  ready: Record<string, { port: number; ingress: number; versions: Record<string, string> }>;
  edgePort: number;
  toxiproxy: string;
  primary: Postgres;
  replicas: Record<string, Postgres>;
  redis: Record<string, Server>;
}

async function primaryDatabase(children: Children, binDirectory: string, user: SystemUser | undefined) {
  const bin = await runnablePostgres(children, binDirectory, user);
  const home = { children, bin, user };
  await makeDataDirectories(home, [PRIMARY.id, ...REPLICAS.map(({ id }) => id)]);
  return { home, primary: await startPostgres(home, PRIMARY.id) };
}

/** The processes of our own; they load their code while the stores start. */
async function startPrograms(
  children: Children,
  defect: Defect,
): Promise<{ apis: Record<string, Child>; edge: Child }> {
  const files = await bundlePrograms(children.directory);
  const start = (name: string, file: string): Child =>
    children.start({ name, command: process.execPath, args: [file], talks: true });
  const edge = start('edge', files.edge);
  edge.say({ kind: 'start', defect, ttlSeconds: TTL_SECONDS } satisfies EdgeStart);
  return { apis: Object.fromEntries(REGIONS.map(({ id }) => [id, start(`api-${id}`, files.api)])), edge };
}

/** The defect `stalled-region`. The watcher wakes the process when the world goes down. */
function stallAgainAndAgain(api: Child): void {
  const stall = (): void => {
    process.kill(api.pid, 'SIGSTOP');
    setTimeout(() => process.kill(api.pid, 'SIGCONT'), STALL.forMs);
  };
  setTimeout(() => {
    stall();
    setInterval(stall, STALL.everyMs);
  }, STALL.firstAfterMs);
}
