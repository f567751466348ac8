/** A PostgreSQL primary and physical streaming replicas made by copying its data directory while it is shut down. */
import { readFileSync } from 'node:fs';
import { chown, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Child } from './child.ts';
import type { Children, SystemUser } from './children.ts';
import { onFreePort } from './free-port.ts';
import { DATABASE, POSTGRES_SETTINGS } from '../kit/postgres/settings.ts';
import { replicaSettings, slotName } from '../kit/postgres/replica-settings.ts';
import type { Source } from '../kit/ground.ts';
import type { Region } from '../kit/topology.ts';

const SETTINGS = {
  ...POSTGRES_SETTINGS,
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '', // paths of sockets are limited to 107 bytes; temporary directories can be longer
};

export interface Postgres {
  child: Child;
  port: number;
}

export interface Home {
  children: Children;
  bin: string;
  user: SystemUser | undefined;
}

/**
 * Makes a data directory for each of these regions: the first with the seed data and a slot for every replica, the
 * others by copying it.
 */
export async function makeDataDirectories(
  { children, bin, user }: Home,
  regions: readonly Pick<Region, 'id' | 'role'>[],
  seed: readonly string[],
): Promise<void> {
  const directories = regions.map(({ id, role }) => ({ path: dataDirectory(children, id), role }));
  const [{ path: first }, ...copies] = directories as [(typeof directories)[0], ...typeof directories];
  const made = `umask 077; mkdir "$0"`;
  await children.run({ name: 'mkdir', command: '/bin/sh', args: ['-c', made, first] });
  const own = (directory: string): Promise<string> =>
    user
      ? children.run({ name: 'chown', command: 'chown', args: ['-R', `${user.uid}:${user.gid}`, directory] })
      : Promise.resolve('');
  await own(first);
  await children.run({
    name: 'initdb',
    command: join(bin, 'initdb'),
    args: ['-D', first, '-U', DATABASE.user, '-A', 'trust', '--no-locale', '-E', 'UTF8']
      // Small segments: three directories are copied at every start.
      .concat(['--wal-segsize=4', '--no-sync', '--no-instructions'])
      .concat(flags(SETTINGS)),
    user,
    signal: '0',
  });
  // A backend without a server: the seed is in before anyone can connect. A blank line ends a statement (-j).
  const slots = regions
    .filter(({ role }) => role === 'replica')
    .map(({ id }) => `SELECT pg_create_physical_replication_slot('${slotName(id)}')`);
  const errors = await children.run(
    {
      name: 'seed',
      command: join(bin, 'postgres'),
      args: ['--single', '-j', '-F', '-D', first, '-c', 'exit_on_error=on', DATABASE.database],
      user,
      signal: '0',
    },
    [...seed, ...slots].map((statement) => `${statement};\n\n`).join(''),
  );
  if (/ERROR|FATAL/.test(errors)) throw new Error(`seeding failed:\n${errors}`);
  await Promise.all(
    copies.map(async ({ path: copy, role }) => {
      await children.run({ name: 'cp', command: 'cp', args: ['-Rp', first, copy] });
      // The slots are the primary's; a replica that kept them would keep all WAL for them.
      for (const slot of await readdir(join(copy, 'pg_replslot'))) {
        await rm(join(copy, 'pg_replslot', slot), { recursive: true });
      }
      if (role === 'replica') await writeFile(join(copy, 'standby.signal'), '');
      await own(copy);
    }),
  );
}

/** Starts the server on `name`'s data directory, on this port or a free one; resolves when it accepts connections. */
export async function startPostgres(home: Home, name: string, samePort?: number): Promise<Postgres> {
  const { children, bin, user } = home;
  const directory = dataDirectory(children, name);
  const start = async (port: number): Promise<Postgres> => {
    const child = children.start({
      name: `postgres-${name}`,
      command: join(bin, 'postgres'),
      args: ['-D', directory, ...flags({ port: String(port) })],
      user,
      signal: 'QUIT',
    });
    await child.orEnd(child.untilUp(() => isReady(directory, child.pid), 10_000));
    return { child, port };
  };
  const postgres = await (samePort === undefined ? onFreePort(start) : start(samePort));
  postgres.child.expectedUp = true;
  return postgres;
}

/** Writes what a replica streams from; one that runs takes note when it is told to read its settings again. */
export async function streamFrom({ children }: Home, name: string, source: Source): Promise<void> {
  await writeFile(join(dataDirectory(children, name), 'postgresql.auto.conf'), replicaSettings(name, source));
}

/** From its next start on the server of `name` replays and never writes: it is a replica, of nobody. */
export async function makeReadOnly({ children, user }: Home, name: string): Promise<void> {
  const signal = join(dataDirectory(children, name), 'standby.signal');
  await writeFile(signal, '');
  if (user) await chown(signal, user.uid, user.gid);
}

const flags = (settings: Record<string, string>): string[] =>
  Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);

const dataDirectory = (children: Children, name: string): string => join(children.directory, `data-${name}`);

/** What pg_ctl looks at: postmaster.pid, its first line the process, its last `ready` once connections are accepted. */
function isReady(directory: string, pid: number): boolean {
  try {
    const lines = readFileSync(join(directory, 'postmaster.pid'), 'utf8').split('\n');
    return lines[0] === String(pid) && lines[7]?.trim() === 'ready';
  } catch {
    return false;
  }
}
