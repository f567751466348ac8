/** Installs Debian packages, as root on a machine that has apt-get; nothing else of the machine is touched. */
import { access, readdir } from 'node:fs/promises';
import { run } from './command.ts';
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
      try {
        await access('/usr/bin/apt-get');
        return null;
      } catch {
        return 'there is no apt-get';
      }
    },
    async get(stage, signal) {
      const options = { env: { DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs: APT_TIMEOUT_MS, signal };
      const install = () =>
        run('apt-get', ['install', ...APT_OPTIONS, '--no-install-recommends', ...parts.packages], options);
      const update = () => run('apt-get', ['update', ...APT_OPTIONS], options);
      if (await listsAreEmpty()) {
        await update();
        await install();
      } else {
        // Lists there are, but perhaps of packages the mirror has replaced since.
        await install().catch(async () => {
          signal?.throwIfAborted();
          await update();
          await install();
        });
      }
      await parts.afterwards(stage);
    },
  };
}

async function listsAreEmpty(): Promise<boolean> {
  const lists = await readdir('/var/lib/apt/lists').catch(() => []);
  return !lists.some((file) => file.includes('_Packages'));
}
