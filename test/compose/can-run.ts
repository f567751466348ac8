/** Whether the Compose tests can run on this machine. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { run } from '../../src/tools/command.ts';
import { debianMirror } from './debian.ts';

/** Programs that install and run the engine and its images; all but ip are Essential in Debian. */
const NEEDED = ['apt-get', 'dpkg-deb', 'tar', 'mount', 'umount', 'unshare', 'setpriv', 'ip', 'chroot', 'npm'];

/** The reason why they cannot run, and what to do; null if they can. Updates apt's index once if it has none. */
export async function whyUnavailable(): Promise<string | null> {
  const elsewhere = 'Run these tests as root on a Debian machine or in a privileged Debian container.';
  if (process.platform !== 'linux')
    return `The tests' own Docker engine needs Linux, not ${process.platform}. ${elsewhere}`;
  if (process.getuid?.() !== 0) return `The tests' own Docker engine needs root. ${elsewhere}`;
  const missing = NEEDED.filter((program) => !onPath(program));
  if (missing.length > 0) return `Missing on this machine: ${missing.join(', ')}. ${elsewhere}`;
  const filesystems = await readFile('/proc/filesystems', 'utf8');
  if (!/\toverlay$/m.test(filesystems))
    return `This kernel has no overlay file system (modprobe overlay). ${elsewhere}`;
  // apt may not have an index yet.
  if (!(await debianMirror())) await run('apt-get', ['update', '-q'], { timeoutMs: 5 * 60_000 }).catch(() => {});
  if (!(await debianMirror())) {
    return `No Debian mirror in apt's sources is reachable; engine and images come from one. ${elsewhere}`;
  }
  return null;
}

const onPath = (program: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((directory) => existsSync(join(directory, program)));
