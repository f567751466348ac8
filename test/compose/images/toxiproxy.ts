import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { goBuild } from '../../../src/tools/go-build.ts';
import { resolveTools } from '../../../src/tools/index.ts';
import { versionOf } from '../../../src/tools/command.ts';
import type { Recipe } from './recipe.ts';
import { addProgram } from './root.ts';

const VERSION = '2.12.0';
const MODULE = 'github.com/Shopify/toxiproxy/v2';

/** Its client, for health checks: the image contains no other client. */
const client = goBuild({
  version: VERSION,
  importPath: `${MODULE}/cmd/cli`,
  executable: 'toxiproxy-cli',
  stamp: { [`${MODULE}.Version`]: VERSION },
  takes: 'seconds',
});

/** Only Toxiproxy and its client, no shell. */
export const toxiproxy: Recipe = {
  name: 'toxiproxy',
  madeFrom: 'the toxiproxy-server that the harness uses, and its client built with Go',
  async inputs() {
    const { 'toxiproxy-server': server } = await resolveTools(['toxiproxy-server']);
    return [await serverVersion(server)];
  },
  async make(root, _debian, say) {
    const { 'toxiproxy-server': server } = await resolveTools(['toxiproxy-server'], say);
    await addProgram(root, server, '/toxiproxy');
    const whyUnavailable = await client.whyUnavailable();
    if (whyUnavailable !== null) throw new Error(`toxiproxy-cli cannot be built: ${whyUnavailable}`);
    await mkdir(join(root, 'etc'));
    await client.install(root, undefined);
    return {
      version: await serverVersion(server),
      config: {
        Entrypoint: ['/toxiproxy'],
        Cmd: ['-host=0.0.0.0'],
        Env: { LOG_LEVEL: 'info' },
        ExposedPorts: ['8474/tcp'],
      },
    };
  },
};

const serverVersion = (server: string): Promise<string> =>
  versionOf(server, ['-version'], /version (git|\d+\.\d+\.\d+)/);
