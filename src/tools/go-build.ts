/** Builds a program from the pinned Go module in `tools/`. go.sum has the hashes of all modules. */
import { join } from 'node:path';
import { REPOSITORY } from './cache.ts';
import { firstLine, run } from './command.ts';
import type { InstallMethod } from './tool.ts';

/** Measured on 2 cores, both tools at once, nothing cached: 165 s of CPU; 306 s with six other builds running. */
const BUILD_TIMEOUT_MS = 15 * 60_000;

/** Compiles `importPath` of the module in `tools/` to `executable`; `stamp` sets string variables. */
export function goBuild(parts: {
  version: string;
  importPath: string;
  executable: string;
  stamp: Record<string, string>;
  takes: string;
}): InstallMethod {
  const stamps = Object.entries(parts.stamp).map(([name, value]) => `-X ${name}=${value}`);
  return {
    description: `building v${parts.version} with Go (${parts.takes}, once)`,
    pastTense: 'built',
    async whyUnavailable() {
      try {
        await run('go', ['version'], { cwd: join(REPOSITORY, 'tools'), timeoutMs: 120_000 });
        return null;
      } catch (error) {
        return `Go is not usable (${firstLine(error)})`;
      }
    },
    async install(stage, signal) {
      const output = join(stage, parts.executable);
      const flags = ['-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags', ['-s -w', ...stamps].join(' ')];
      await run('go', ['build', ...flags, '-o', output, parts.importPath], {
        cwd: join(REPOSITORY, 'tools'),
        // A go.work above the repository or the user's GOFLAGS must not change the build.
        env: { GOWORK: 'off', GOFLAGS: '', CGO_ENABLED: '0' },
        timeoutMs: BUILD_TIMEOUT_MS,
        signal,
      });
    },
  };
}
