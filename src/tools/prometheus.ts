import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { aptUnpack } from './apt-install.ts';
import { versionOf } from './command.ts';
import { atLeast, PLATFORM, type Tool } from './tool.ts';

const PROGRAMS = ['prometheus', 'promtool'];

/**
 * The directory with `prometheus` and `promtool`, 2.40 or later (the first with native histograms), for the tests of
 * reports/observability; no command needs them.
 */
export const prometheus: Tool = {
  name: 'prometheus',
  variable: 'ANTIPODE_PROMETHEUS',
  executables: ['prometheus'],
  needed: '>= 2.40',
  accepts: (version) => atLeast(version, '2.40'),
  is: 'directory',
  async version(directory) {
    const [version] = await Promise.all(
      PROGRAMS.map((program) => versionOf(join(directory, program), ['--version'], /version (\d+\.\d+\.\d+)/)),
    );
    return version!;
  },
  cached: { folder: `prometheus-apt-${PLATFORM}`, path: 'bin' },
  methods: [
    aptUnpack({
      package: 'prometheus',
      // Both are static executables; the package's dependencies are only for its web console.
      async place(files, stage) {
        for (const program of PROGRAMS) await cp(join(files, 'usr/bin', program), join(stage, 'bin', program));
      },
    }),
  ],
  manualSteps: [
    'brew install prometheus',
    'sudo apt-get install prometheus',
    'docker cp from the image prom/prometheus',
    'ANTIPODE_PROMETHEUS=/path/to/the/directory',
  ],
};
