/** A PostgreSQL primary and physical streaming replicas, created by copying its data directory while it is down. */
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
  unix_socket_directories: '', // socket paths are limited to 107 bytes; temporary directories can be longer
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
 * Creates a data directory for each of these regions: the first with the seed data and a slot for every replica, the
 * others as copies of it.
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
      // Small WAL segments: the data directory is copied at every start.
      .concat(['--wal-segsize=4', '--no-sync', '--no-instructions'])
      .concat(flags(SETTINGS)),
    user,
    signal: '0',
  });
  // Single-user mode: the data is complete before anyone can connect. A blank line ends a statement (-j).
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
  if (/ERROR|FATAL/.test(errors)) throw new Error(`seeding the database failed:\n${errors}`);
  await Promise.all(
    copies.map(async ({ path: copy, role }) => {
      await children.run({ name: 'cp', command: 'cp', args: ['-Rp', first, copy] });
      // The slots belong to the primary; a replica with copies of them would retain all WAL.
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
    await child.orStop(child.untilUp(() => isReady(directory, child.pid), 10_000));
    return { child, port };
  };
  const postgres = await (samePort === undefined ? onFreePort(start) : start(samePort));
  postgres.child.expectedUp = true;
  return postgres;
}

/** Writes the settings of a replica; a running one needs a reload to apply them. */
export async function streamFrom({ children }: Home, name: string, source: Source): Promise<void> {
  await writeFile(join(dataDirectory(children, name), 'postgresql.auto.conf'), replicaSettings(name, source));
}

/** Makes the server of `name` read-only from its next start on: a replica without a primary. */
export async function makeReadOnly({ children, user }: Home, name: string): Promise<void> {
  const signal = join(dataDirectory(children, name), 'standby.signal');
  await writeFile(signal, '');
  if (user) await chown(signal, user.uid, user.gid);
}

const flags = (settings: Record<string, string>): string[] =>
  Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);

const dataDirectory = (children: Children, name: string): string => join(children.directory, `data-${name}`);

/** As pg_ctl checks it: line 1 of postmaster.pid is the process, line 8 is `ready` once it accepts connections. */
function isReady(directory: string, pid: number): boolean {
  try {
    const lines = readFileSync(join(directory, 'postmaster.pid'), 'utf8').split('\n');
    return lines[0] === String(pid) && lines[7]?.trim() === 'ready';
  } catch {
    return false;
  }
}
