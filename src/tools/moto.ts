import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { firstLine, run, versionOf } from './command.ts';
import { atLeast, PLATFORM, type Tool } from './tool.ts';

/** The first version known to support experiments of FIS; 5.2.1 does not. */
const VERSION = '5.2.5';

/** Works after the folder is moved; the scripts that pip writes contain absolute paths. */
const LAUNCHER = `#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
export PYTHONPATH="$here/lib"
if [ "$1" = --version ]; then exec python3 -c 'import moto; print("moto", moto.__version__)'; fi
exec python3 -m moto.server "$@"
`;

/**
 * A third-party emulator of AWS, for the tests of the FIS driver; no command needs it.
 */
export const moto: Tool = {
  name: 'moto',
  variable: 'ANTIPODE_MOTO_SERVER',
  executables: ['moto_server'],
  needed: `>= ${VERSION} < 6`,
  accepts: (version) => atLeast(version, VERSION) && !atLeast(version, '6'),
  is: 'file',
  version: (path) => versionOf(path, ['--version'], /(\d+\.\d+\.\d+)/),
  cached: { folder: `moto-${VERSION}-${PLATFORM}`, path: 'moto_server' },
  methods: [
    {
      description: `installing moto ${VERSION} from PyPI (half a minute, once)`,
      pastTense: 'installed',
      whyUnavailable: () =>
        run('python3', ['-m', 'pip', '--version'], { timeoutMs: 20_000 }).then(
          () => null,
          (error: unknown) => `Python 3 with pip is not usable (${firstLine(error)})`,
        ),
      async install(stage, signal) {
        const packages = ['--target', join(stage, 'lib'), `moto[server]==${VERSION}`];
        const quiet = ['--quiet', '--no-cache-dir', '--disable-pip-version-check', '--no-warn-script-location'];
        await run('python3', ['-m', 'pip', 'install', ...quiet, ...packages], { timeoutMs: 300_000, signal });
        await writeFile(join(stage, 'moto_server'), LAUNCHER);
        await chmod(join(stage, 'moto_server'), 0o755);
      },
    },
  ],
  manualSteps: [`pip install 'moto[server]==${VERSION}'`, 'ANTIPODE_MOTO_SERVER=/path/to/moto_server'],
};
