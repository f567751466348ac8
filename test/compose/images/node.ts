import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../../src/tools/command.ts';
import type { Recipe } from './recipe.ts';
import { addProgram, addUser, layOutDebian } from './root.ts';

const SUITE = 'bookworm';
const ENTRYPOINT = fileURLToPath(new URL('node-entrypoint.sh', import.meta.url));
const CERTIFICATES = '/etc/ssl/ca.pem';
/** Debian's bundle, which includes authorities added on this machine. */
const MACHINES_CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/**
 * The machine's own Node and npm on Debian bookworm, with the machine's trusted authorities, so that `npm ci` works
 * here.
 */
export const node: Recipe = {
  name: 'node',
  madeFrom: `this machine's Node and npm on Debian ${SUITE}`,
  inputs: async () => [
    process.version,
    await npm(['--version']),
    await npm(['config', 'get', 'registry']),
    await bundle(),
  ],
  async make(root, debian) {
    const suite = await debian.suite(SUITE);
    await layOutDebian(root, suite, ['libstdc++6']);
    await addUser(root, { name: 'node', id: 1000, home: '/home/node' });
    await addProgram(root, process.execPath, '/usr/local/bin/node');
    await addProgram(root, ENTRYPOINT, '/usr/local/bin/docker-entrypoint.sh');
    await cp(join(await npm(['root', '--global']), 'npm'), join(root, 'usr/local/lib/node_modules/npm'), {
      recursive: true,
      dereference: true,
    });
    for (const command of ['npm', 'npx']) {
      await symlink(`../lib/node_modules/npm/bin/${command}-cli.js`, join(root, 'usr/local/bin', command));
    }
    await symlink('node', join(root, 'usr/local/bin/nodejs'));
    await trustAsHere(root);
    const version = process.version.slice(1);
    return {
      version,
      config: {
        Entrypoint: ['docker-entrypoint.sh'],
        Cmd: ['node'],
        Env: { NODE_VERSION: version, NODE_EXTRA_CA_CERTS: CERTIFICATES },
      },
    };
  },
};

/** The machine's registry and authorities, so that builds on the official image need no other settings. */
async function trustAsHere(root: string): Promise<void> {
  await mkdir(join(root, 'etc/ssl'), { recursive: true });
  await writeFile(join(root, CERTIFICATES), await bundle());
  const registry = await npm(['config', 'get', 'registry']);
  const file = join(root, 'usr/local/lib/node_modules/npm/npmrc');
  await writeFile(file, `registry=${registry}\ncafile=${CERTIFICATES}\n`);
}

async function bundle(): Promise<string> {
  const path = process.env['NODE_EXTRA_CA_CERTS'] || MACHINES_CERTIFICATES;
  return existsSync(path) ? await readFile(path, 'utf8') : '';
}

/** With the configuration of a shell, not of the npm script that runs this. */
const npm = (args: string[]): Promise<string> => run('npm', args, { timeoutMs: 60_000 });
