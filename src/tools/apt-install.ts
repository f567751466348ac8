/** Installs Debian packages with apt-get as root, or only unpacks them; nothing else on the machine is changed. */
import { access, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommandOptions, run } from './command.ts';
import type { InstallMethod } from './tool.ts';

const APT_TIMEOUT_MS = 10 * 60_000;
/** Waits for another apt instead of failing. */
const APT_OPTIONS = ['-q', '-y', '-o', 'DPkg::Lock::Timeout=120'];

/** Installs `packages` without their recommendations, then runs `afterwards` on the stage. */
export function aptInstall(parts: { packages: string[]; afterwards: (stage: string) => Promise<void> }): InstallMethod {
  return {
    description: `installing ${parts.packages.join(' ')} with apt-get (under a minute, once)`,
    pastTense: 'installed',
    async whyUnavailable() {
      if (process.platform !== 'linux') return 'apt-get is for Debian only';
      if (process.getuid?.() !== 0) return 'apt-get needs root';
      return (await isThere('/usr/bin/apt-get')) ? null : 'apt-get is not installed';
    },
    async install(stage, signal) {
      const args = ['install', ...APT_OPTIONS, '--no-install-recommends', ...parts.packages];
      await withLists((options) => run('apt-get', args, options), signal);
      await parts.afterwards(stage);
    },
  };
}

/**
 * Unpacks one package without its dependencies, for programs that need none; none of its services is installed. `place`
 * copies the wanted files out of the folder with the package's files.
 */
export function aptUnpack(parts: {
  package: string;
  place: (files: string, stage: string) => Promise<void>;
}): InstallMethod {
  return {
    description: `unpacking Debian's ${parts.package} (some seconds, once)`,
    pastTense: 'unpacked',
    async whyUnavailable() {
      const [aptGet, dpkg] = await Promise.all(['/usr/bin/apt-get', '/usr/bin/dpkg-deb'].map(isThere));
      return aptGet && dpkg ? null : 'apt-get is not installed';
    },
    async install(stage, signal) {
      // Outside the stage: the user that apt downloads as must be able to read it.
      const folder = await mkdtemp(join(tmpdir(), 'antipode-apt-'));
      try {
        await withLists(
          (options) => run('apt-get', ['download', '-q', parts.package], { ...options, cwd: folder }),
          signal,
        );
        const file = (await readdir(folder)).find((name) => name.endsWith('.deb'));
        if (file === undefined) throw new Error(`apt-get downloaded no file of ${parts.package}`);
        const files = join(folder, 'files');
        await run('dpkg-deb', ['-x', join(folder, file), files], { timeoutMs: APT_TIMEOUT_MS, signal });
        await parts.place(files, stage);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** Runs `act`, with an `apt-get update` first if there are no package lists, or after a failure. */
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
  // The lists may be out of date: the mirror may have replaced packages since.
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
