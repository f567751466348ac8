/** Root file systems of stand-in images: directories, users, and the content of a Debian or Alpine base image. */
import { appendFile, chmod, chown, copyFile, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../../src/tools/command.ts';
import type { Suite, Versions } from '../debian.ts';

export interface User {
  name: string;
  id: number;
  home: string;
  /** Default: 0o755. */
  homeMode?: number;
}

/** Every Essential package and its companions in a Debian slim image, as far as a container uses them. */
const SLIM = (
  'base-files base-passwd bash coreutils dash debianutils diffutils findutils grep gzip hostname libc-bin mawk ' +
  'perl-base sed tar util-linux'
).split(' ');
/** Dependencies that none of the official images contains. */
const NOT_IN_AN_IMAGE = ['systemd', 'libsystemd-shared', 'sysvinit-utils', 'netbase'];

/** Directories of every image, with /bin and similar as links into /usr. */
async function layOut(root: string): Promise<void> {
  for (const path of [
    'usr/bin',
    'usr/sbin',
    'usr/lib',
    'usr/lib64',
    'etc',
    'tmp',
    'proc',
    'sys',
    'dev',
    'run',
    'root',
  ]) {
    await mkdir(join(root, path), { recursive: true });
  }
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) await symlink(`usr/${name}`, join(root, name));
  await chmod(join(root, 'tmp'), 0o1777);
  await chmod(root, 0o755);
  await writeFile(join(root, 'etc/nsswitch.conf'), 'hosts: files dns\n');
}

/** Like a Debian slim image, with these packages. Runs no package scripts. */
export async function layOutDebian(root: string, suite: Suite, packages: string[]): Promise<Versions> {
  await layOut(root);
  const versions = await suite.unpack([...SLIM, ...packages], root, { dependencies: true, without: NOT_IN_AN_IMAGE });
  for (const name of ['passwd', 'group']) {
    await copyFile(join(root, `usr/share/base-passwd/${name}.master`), join(root, 'etc', name));
  }
  await symlink('mawk', join(root, 'usr/bin/awk'));
  return versions;
}

/** Like an image based on BusyBox: all its commands, and `libc6` for programs that need it. */
export async function layOutBusybox(root: string, suite: Suite, packages: string[]): Promise<Versions> {
  await layOut(root);
  const versions = await suite.unpack(['busybox-static', ...packages], root, { dependencies: true });
  const busybox = join(root, 'bin/busybox');
  for (const command of (await run(busybox, ['--list'], { timeoutMs: 10_000 })).split('\n')) {
    if (command !== 'busybox') await symlink('busybox', join(root, 'bin', command)).catch(ignoreExisting);
  }
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  await writeFile(join(root, 'etc/group'), 'root:x:0:\n');
  return versions;
}

/** Adds the user and a group with the same id, and creates their home directory. */
export async function addUser(root: string, { name, id, home, homeMode }: User): Promise<void> {
  await appendFile(join(root, 'etc/passwd'), `${name}:x:${id}:${id}::${home}:/bin/sh\n`);
  await appendFile(join(root, 'etc/group'), `${name}:x:${id}:\n`);
  await ownDirectory(root, home, id, homeMode);
}

/** Creates a directory owned by this user. */
export async function ownDirectory(root: string, path: string, id: number, mode = 0o755): Promise<void> {
  await mkdir(join(root, path), { recursive: true });
  await chown(join(root, path), id, id);
  await chmod(join(root, path), mode);
}

/** Copies a file to `path` in the image, writable by root, readable and executable by all. */
export async function addProgram(root: string, from: string, path: string): Promise<void> {
  await mkdir(join(root, path, '..'), { recursive: true });
  await copyFile(from, join(root, path));
  await chmod(join(root, path), 0o755);
}

/** Mozilla's root certificates, in the file that Alpine and Debian use. */
export async function addRoots(root: string, suite: Suite): Promise<void> {
  const unpacked = join(root, 'usr/share/ca-certificates');
  await suite.unpack(['ca-certificates'], root, { dependencies: false });
  const files = (await readdir(join(unpacked, 'mozilla'))).toSorted();
  const roots = await Promise.all(files.map((file) => readFile(join(unpacked, 'mozilla', file), 'utf8')));
  await mkdir(join(root, 'etc/ssl/certs'), { recursive: true });
  await writeFile(join(root, 'etc/ssl/certs/ca-certificates.crt'), roots.join(''));
  await rm(unpacked, { recursive: true });
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
