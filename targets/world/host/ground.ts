/** The ground for processes on this machine, all on free ports of 127.0.0.1. */
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onLoopback } from '../kit/address.ts';
import type { Ground, Program, Server } from '../kit/ground.ts';
import { bundlePrograms } from '../kit/bundle.ts';
import type { World } from '../kit/world.ts';
import type { Child } from './child.ts';
import type { Children, SystemUser } from './children.ts';
import { HostHandle } from './handle.ts';
import { makeDataDirectories, makeReadOnly, startPostgres, streamFrom } from './postgres.ts';
import { startRedis, startToxiproxy } from './servers.ts';
import type { Settings } from './settings.ts';
import { runnablePostgres } from './system-user.ts';

/** A ground on which every server is a child of this process. */
export function hostGround(
  { topology, api, seed }: Pick<World, 'topology' | 'api' | 'seed'>,
  { tools, worldFile }: Pick<Settings, 'tools' | 'worldFile'>,
  children: Children,
  user: SystemUser | undefined,
): Ground {
  const programs = bundlePrograms(children.directory, api);
  const home = databaseHome();
  const databasePorts = new Map<string, number>();
  const storePorts = new Map<string, number>();
  // A failure is reported where they are awaited.
  for (const started of [programs, home]) started.catch(() => {});

  async function databaseHome() {
    const databases = topology.regions.filter(({ servers }) => servers.includes('database'));
    if (databases.length === 0) throw new Error('the topology of this world has no database');
    const bin = await runnablePostgres(children, tools.postgresBinDir, user);
    const made = { children, bin, user };
    await makeDataDirectories(made, databases, seed);
    return made;
  }

  const server = ({ child, port }: { child: Child; port: number }): Server => ({
    address: onLoopback(port),
    handle: new HostHandle(child, children),
  });
  const program = (name: string, file: string): Program => {
    const child = children.start({ name, command: process.execPath, args: [file], piped: true });
    return Object.assign(child, { handle: new HostHandle(child, children) });
  };

  return {
    versions: {},
    toxiproxy: () => startToxiproxy(children, tools.toxiproxyServer),
    async store(region) {
      const started = await startRedis(children, tools.redisServer, region, storePorts.get(region));
      storePorts.set(region, started.port);
      return server(started);
    },
    async database(region) {
      const started = await startPostgres(await home, region, databasePorts.get(region));
      databasePorts.set(region, started.port);
      return server(started);
    },
    api: async (region) => program(`api-${region}`, (await programs).api),
    edge: async () => program('edge', (await programs).edge),
    listenAddress: () => onLoopback(0),
    apiAddress: (_, port) => onLoopback(port),
    addressFromRegions: onLoopback,
    directPort: (_kind, _region, { port }) => Promise.resolve(port),
    streamFrom: async (region, source) => streamFrom(await home, region, source),
    makeReadOnly: async (region) => makeReadOnly(await home, region),
    async publish(description) {
      const path = worldFile ?? join(children.directory, 'world.json');
      children.removeAtEnd(path);
      await writeFile(`${path}.part`, `${JSON.stringify(description, null, 2)}\n`);
      await rename(`${path}.part`, path); // atomic: readers see the whole file
      return path;
    },
  };
}
