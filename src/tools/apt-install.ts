/** Debian packages by apt-get: installed, as root, or only unpacked; nothing else of the machine is touched. */
import { access, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommandOptions, run } from './command.ts';
import type { Way } from './tool.ts';

const APT_TIMEOUT_MS = 10 * 60_000;
/** Another apt at work is waited for instead of failed on. */
const APT_OPTIONS = ['-q', '-y', '-o', 'DPkg::Lock::Timeout=120'];

/** A way that installs `packages` without their recommendations, and then runs `afterwards` on the stage. */
export function aptInstall(parts: { packages: string[]; afterwards: (stage: string) => Promise<void> }): Way {
  return {
    says: `installing ${parts.packages.join(' ')} with apt-get (under a minute, once)`,
    done: 'installed',
    async hindrance() {
      if (process.platform !== 'linux') return 'apt-get is for Debian';
      if (process.getuid?.() !== 0) return 'apt-get needs root';
      return (await isThere('/usr/bin/apt-get')) ? null : 'there is no apt-get';
    },
    async get(stage, signal) {
      const args = ['install', ...APT_OPTIONS, '--no-install-recommends', ...parts.packages];
      await withLists((options) => run('apt-get', args, options), signal);
      await parts.afterwards(stage);
    },
  };
}

/**
 * A way that unpacks one package without its dependencies, for programs that need none of them: no service of it is set
 * up. `place` takes what is wanted out of the folder with the package's files.
 */
export function aptUnpack(parts: { package: string; place: (files: string, stage: string) => Promise<void> }): Way {
  return {
    says: `unpacking Debian's ${parts.package} (some seconds, once)`,
    done: 'unpacked',
    async hindrance() {
      const [aptGet, dpkg] = await Promise.all(['/usr/bin/apt-get', '/usr/bin/dpkg-deb'].map(isThere));
      return aptGet && dpkg ? null : 'there is no apt-get';
    },
    async get(stage, signal) {
      // Not below the stage: apt's own user, who downloads, must be able to get there.
      const folder = await mkdtemp(join(tmpdir(), 'antipode-apt-'));
      try {
        await withLists(
          (options) => run('apt-get', ['download', '-q', parts.package], { ...options, cwd: folder }),
          signal,
        );
        const file = (await readdir(folder)).find((name) => name.endsWith('.deb'));
        if (file === undefined) throw new Error(`apt-get left no file of ${parts.package}`);
        const files = join(folder, 'files');
        await run('dpkg-deb', ['-x', join(folder, file), files], { timeoutMs: APT_TIMEOUT_MS, signal });
        await parts.place(files, stage);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** Lets apt-get do it, with lists of packages that are there and of today. */
async function withLists(
  act: (options: CommandOptions) => Promise<unknown>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const options = { env: { DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs: APT_TIMEOUT_MS, signal };
  const update = () => run('apt-get', ['update', ...APT_OPTIONS], options);
  if (await listsAreEmpty()) {
    await update();
    await act(options);
    return;
  }
  // Lists there are, but perhaps of packages the mirror has replaced since.
  await act(options).catch(async () => {
    signal?.throwIfAborted();
    await update();
    await act(options);
  });
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function listsAreEmpty(): Promise<boolean> {
  const lists = await readdir('/var/lib/apt/lists').catch(() => []);
  return !lists.some((file) => file.includes('_Packages'));
}
