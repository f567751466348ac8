/** Builds a program from the pinned Go module in `tools/`. go.sum holds the hashes of every source file's module. */
import { join } from 'node:path';
import { REPOSITORY } from './cache.ts';
import { firstLine, run } from './command.ts';
import type { Way } from './tool.ts';

/** Measured on 2 cores, both tools at once, nothing cached: 165 s of CPU; 306 s where six other builds competed. */
const BUILD_TIMEOUT_MS = 15 * 60_000;

/** A way that compiles `importPath` of the module in `tools/` to `executable`; `stamp` sets string variables. */
export function goBuild(parts: {
  version: string;
  importPath: string;
  executable: string;
  stamp: Record<string, string>;
  takes: string;
}): Way {
  const stamps = Object.entries(parts.stamp).map(([name, value]) => `-X ${name}=${value}`);
  return {
    says: `building v${parts.version} with Go (${parts.takes}, once)`,
    done: 'built',
    async hindrance() {
      try {
        await run('go', ['version'], { cwd: join(REPOSITORY, 'tools'), timeoutMs: 120_000 });
        return null;
      } catch (error) {
        return `Go is not usable (${firstLine(error)})`;
      }
    },
    async get(stage, signal) {
      const output = join(stage, parts.executable);
      const flags = ['-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags', ['-s -w', ...stamps].join(' ')];
      await run('go', ['build', ...flags, '-o', output, parts.importPath], {
        cwd: join(REPOSITORY, 'tools'),
        // Neither a go.work above the repository nor flags of the user's own change what is built.
        env: { GOWORK: 'off', GOFLAGS: '', CGO_ENABLED: '0' },
        timeoutMs: BUILD_TIMEOUT_MS,
        signal,
      });
    },
  };
}
