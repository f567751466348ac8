/** Whether the Compose test can run on this machine. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { run } from '../../src/tools/command.ts';
import { debianMirror } from './debian.ts';

/** Programs of the machine that engine and images are got and held with; all are Essential in Debian but ip. */
const NEEDED = ['apt-get', 'dpkg-deb', 'tar', 'mount', 'umount', 'unshare', 'setpriv', 'ip', 'chroot', 'npm'];

/**
 * Why it cannot, and what to do, in a sentence or two; null if it can. Asks apt once to read its index if it has none.
 */
export async function whyNot(): Promise<string | null> {
  const elsewhere = 'Run it as root on a Debian machine or in a privileged Debian container.';
  if (process.platform !== 'linux')
    return `A Docker engine of the test's own needs Linux, not ${process.platform}. ${elsewhere}`;
  if (process.getuid?.() !== 0) return `A Docker engine of the test's own needs root. ${elsewhere}`;
  const missing = NEEDED.filter((program) => !onPath(program));
  if (missing.length > 0) return `This machine lacks ${missing.join(', ')}. ${elsewhere}`;
  const filesystems = await readFile('/proc/filesystems', 'utf8');
  if (!/\toverlay$/m.test(filesystems))
    return `This kernel has no overlay file system (modprobe overlay). ${elsewhere}`;
  // What apt does not know it may not have been asked yet.
  if (!(await debianMirror())) await run('apt-get', ['update', '-q'], { timeoutMs: 5 * 60_000 }).catch(() => {});
  if (!(await debianMirror())) {
    return `apt's sources name no Debian mirror that answers, and engine and images come from one. ${elsewhere}`;
  }
  return null;
}

const onPath = (program: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((directory) => existsSync(join(directory, program)));
