import { access, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { aptInstall } from './apt-install.ts';
import { versionOf } from './command.ts';
import { atLeast, PLATFORM, type Tool } from './tool.ts';

/** Redis, or its fork Valkey, 6 or later. */
export const redisServer: Tool = {
  name: 'redis-server',
  variable: 'ANTIPODE_REDIS_SERVER',
  executables: ['redis-server', 'valkey-server'],
  needed: '>= 6',
  accepts: (version) => atLeast(version, '6'),
  is: 'file',
  version: (path) => versionOf(path, ['--version'], /\bv=(\d+\.\d+\.\d+)/),
  cached: { folder: `redis-server-apt-${PLATFORM}`, path: 'redis-server' },
  methods: [
    aptInstall({
      // redis-tools instead of redis-server: it has the same binary under another name (its role depends on the name it
      // is started by), and no service, so nothing starts on this machine now or at the next boot.
      packages: ['redis-tools'],
      async afterwards(stage) {
        const binary = '/usr/bin/redis-check-rdb';
        await access(binary);
        await symlink(binary, join(stage, 'redis-server'));
      },
    }),
  ],
  manualSteps: [
    'brew install redis',
    'sudo apt-get install redis-server (or valkey-server)',
    'docker cp from the image redis:7',
    'ANTIPODE_REDIS_SERVER=/path/to/redis-server',
  ],
};
