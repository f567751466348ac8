import { fileURLToPath } from 'node:url';
import { NEWEST_SUITE } from '../debian.ts';
import type { Recipe } from './recipe.ts';
import { addProgram, addUser, layOutDebian } from './root.ts';

const ENTRYPOINT = fileURLToPath(new URL('redis-entrypoint.sh', import.meta.url));

/** Redis 8 without the additional modules of the official image. */
export const redis: Recipe = {
  name: 'redis',
  madeFrom: `Debian ${NEWEST_SUITE}'s redis-server and an entry script of our own`,
  async make(root, debian) {
    const suite = await debian.suite(NEWEST_SUITE);
    const versions = await layOutDebian(root, suite, ['redis-server', 'redis-tools']);
    await addUser(root, { name: 'redis', id: 999, home: '/data' });
    await addProgram(root, ENTRYPOINT, '/usr/local/bin/docker-entrypoint.sh');
    const version = versions['redis-server']!;
    return {
      version,
      config: {
        Entrypoint: ['docker-entrypoint.sh'],
        Cmd: ['redis-server'],
        Env: { REDIS_VERSION: version },
        ExposedPorts: ['6379/tcp'],
        Volumes: ['/data'],
        WorkingDir: '/data',
      },
    };
  },
};
