/** The user that PostgreSQL runs as, since it refuses to run as root, and the directories that this user can access. */
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Children, SystemUser } from './children.ts';

/** The user for PostgreSQL: undefined (the current user) unless that is root, then `postgres` or else `nobody`. */
export function postgresUser(): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = new Map(
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .map(([name, , uid, gid]) => [name, { uid: Number(uid), gid: Number(gid) }]),
  );
  const user = users.get('postgres') ?? users.get('nobody');
  if (!user)
    throw new Error('PostgreSQL does not run as root, and /etc/passwd has neither the user postgres nor nobody');
  return user;
}

/** A new directory that `user` can enter: in the system's temporary directory, /tmp or /var/tmp. */
export async function worldDirectory(user: SystemUser | undefined): Promise<string> {
  const tried: string[] = [];
  for (const base of new Set([tmpdir(), '/tmp', '/var/tmp'])) {
    let directory: string;
    try {
      directory = await mkdtemp(join(base, 'antipode-world-'));
    } catch (error) {
      tried.push(`${base} (${(error as NodeJS.ErrnoException).code})`);
      continue;
    }
    chmodSync(directory, 0o711); // others may enter it but not list it
    if (!user || canEnter(directory, user)) return directory;
    await rm(directory, { recursive: true });
    tried.push(`${base} (no access for uid ${user.uid})`);
  }
  throw new Error(`cannot create a directory for the world's data; tried ${tried.join(', ')}`);
}

const canEnter = (directory: string, user: SystemUser): boolean => asUser(user, 'cd "$0"', directory);

/** Whether a shell command, with the path as `$0`, succeeds as this user. */
const asUser = (user: SystemUser, line: string, path: string): boolean =>
  spawnSync('/bin/sh', ['-c', line, path], { cwd: '/', ...user, stdio: 'ignore' }).status === 0;

/**
 * The directory of PostgreSQL's programs that `user` can run: the given one, or a copy in the world's directory if the
 * user has no access to it (a checkout in /root).
 */
export async function runnablePostgres(
  children: Children,
  binDirectory: string,
  user: SystemUser | undefined,
): Promise<string> {
  if (!user || asUser(user, 'test -x "$0"', join(binDirectory, 'postgres'))) return binDirectory;
  const copy = join(children.directory, 'postgres');
  // Copies only these parts: the given directory may be /usr/bin.
  const parts = ['bin', 'lib', 'share'].map((part) => join(binDirectory, '..', part));
  const line = 'umask 022; mkdir "$0" && exec cp -RL "$@" "$0"';
  await children.run({ name: 'cp-postgres', command: '/bin/sh', args: ['-c', line, copy, ...parts] });
  return join(copy, 'bin');
}
