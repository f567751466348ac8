/** A PostgreSQL primary and physical streaming replicas made by copying its data directory while it is shut down. */
import { readFileSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Child, Children, SystemUser } from './children.ts';
import { onFreePort } from './free-port.ts';
import { DATABASE, SEED_SQL } from './schema.ts';

// Data of a reference system: made at start, thrown away at the end. What protects data from a crash of the machine
// costs time and proves nothing here; what makes replication what it is stays on.
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '', // paths of sockets are limited to 107 bytes; temporary directories can be longer
  fsync: 'off',
  full_page_writes: 'off',
  shared_buffers: '16MB',
  dynamic_shared_memory_type: 'mmap', // files in the data directory, which is removed; not in /dev/shm
  max_connections: '150',
  max_wal_senders: '4',
  max_replication_slots: '4',
  // A slot keeps what a replica has not had; a long outage must not fill the disk.
  max_slot_wal_keep_size: '1GB',
  wal_retrieve_retry_interval: '200ms',
  // A replica that lags must answer old, not break off: neither pruning on the primary nor replay ends its queries.
  hot_standby_feedback: 'on',
  max_standby_streaming_delay: '-1',
  // Short statements on few connections: no helpers, no compiling, the plan made once.
  max_worker_processes: '0',
  max_logical_replication_workers: '0',
  io_method: 'sync',
  jit: 'off',
  plan_cache_mode: 'force_generic_plan',
  // Maintenance in the middle of a measurement is noise. Updated rows find room in their page (fillfactor), and pages
  // are pruned as they are used, so that a world of hours does without.
  autovacuum: 'off',
  checkpoint_timeout: '1h',
  max_wal_size: '1GB',
  bgwriter_lru_maxpages: '0',
  log_min_messages: 'warning',
  log_checkpoints: 'off',
} as const;

export interface Postgres {
  child: Child;
  port: number;
}

interface Home {
  children: Children;
  bin: string;
  user: SystemUser | undefined;
}

/** Makes one data directory per name: the first with the seed data and a slot for each of the others, which copy it. */
export async function makeDataDirectories({ children, bin, user }: Home, names: string[]): Promise<void> {
  const [first, ...copies] = names.map((name) => dataDirectory(children, name));
  const made = `umask 077; mkdir "$0"`;
  await children.run({ name: 'mkdir', command: '/bin/sh', args: ['-c', made, first!] });
  const own = (directory: string): Promise<string> =>
    user
      ? children.run({ name: 'chown', command: 'chown', args: ['-R', `${user.uid}:${user.gid}`, directory] })
      : Promise.resolve('');
  await own(first!);
  await children.run({
    name: 'initdb',
    command: join(bin, 'initdb'),
    args: ['-D', first!, '-U', DATABASE.user, '-A', 'trust', '--no-locale', '-E', 'UTF8']
      // Small segments: three directories are copied at every start.
      .concat(['--wal-segsize=4', '--no-sync', '--no-instructions'])
      .concat(flags(SETTINGS)),
    user,
    signal: '0',
  });
  // A backend without a server: the seed is in before anyone can connect. A blank line ends a statement (-j).
  const slots = names.slice(1).map((name) => `SELECT pg_create_physical_replication_slot('${slotName(name)}')`);
  const errors = await children.run(
    {
      name: 'seed',
      command: join(bin, 'postgres'),
      args: ['--single', '-j', '-F', '-D', first!, '-c', 'exit_on_error=on', DATABASE.database],
      user,
      signal: '0',
    },
    [...SEED_SQL, ...slots].map((statement) => `${statement};\n\n`).join(''),
  );
  if (/ERROR|FATAL/.test(errors)) throw new Error(`seeding failed:\n${errors}`);
  await Promise.all(
    copies.map(async (copy) => {
      await children.run({ name: 'cp', command: 'cp', args: ['-Rp', first!, copy] });
      // The slots are the primary's; a replica that kept them would keep all WAL for them.
      for (const slot of await readdir(join(copy, 'pg_replslot'))) {
        await rm(join(copy, 'pg_replslot', slot), { recursive: true });
      }
      await writeFile(join(copy, 'standby.signal'), '');
      await own(copy);
    }),
  );
}

/** Starts the server on `name`'s data directory; resolves when it accepts connections. */
export async function startPostgres(
  home: Home,
  name: string,
  settings: Record<string, string> = {},
): Promise<Postgres> {
  const { children, bin, user } = home;
  const directory = dataDirectory(children, name);
  const postgres = await onFreePort(async (port) => {
    const child = children.start({
      name: `postgres-${name}`,
      command: join(bin, 'postgres'),
      args: ['-D', directory, ...flags({ ...settings, port: String(port) })],
      user,
      signal: 'QUIT',
    });
    await child.untilUp(() => isReady(directory), 10_000);
    return { child, port };
  });
  postgres.child.expectedUp = true;
  return postgres;
}

/** Settings of a replica: where it streams from and how late it replays. */
export const replicaSettings = (name: string, primaryPort: number, replayDelayMs: number): Record<string, string> => ({
  primary_conninfo: `host=127.0.0.1 port=${primaryPort} user=${DATABASE.user} application_name=${name}`,
  primary_slot_name: slotName(name),
  recovery_min_apply_delay: `${replayDelayMs}ms`,
});

const flags = (settings: Record<string, string>): string[] =>
  Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);

const slotName = (name: string): string => name.replaceAll('-', '_');

const dataDirectory = (children: Children, name: string): string => join(children.directory, `data-${name}`);

/** What pg_ctl looks at: the last line of postmaster.pid says `ready` once connections are accepted. */
function isReady(directory: string): boolean {
  try {
    return readFileSync(join(directory, 'postmaster.pid'), 'utf8').split('\n')[7]?.trim() === 'ready';
  } catch {
    return false;
  }
}
