import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../errors.ts';
import { cachedAt, findTool } from './find.ts';
import { k6 } from './k6.ts';
import { postgres } from './postgres.ts';
import { redisServer } from './redis-server.ts';
import type { Tool } from './tool.ts';
import { toxiproxyServer } from './toxiproxy-server.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antipode-find-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Plants a program that prints `output`; `more` follows the end of the script in the file. */
async function plant(path: string, output: string, more = ''): Promise<string> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\necho '${output}'\nexit 0\n${more}`);
  await chmod(file, 0o755);
  return file;
}

const env = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  PATH: [join(folder, 'one'), join(folder, 'two')].join(':'),
  ANTIPODE_CACHE: join(folder, 'cache'),
  ...more,
});

describe('a tool is looked for', () => {
  test('in its variable, then on PATH, then in the cache', async () => {
    const tool = k6;
    const inCache = cachedAt(tool, env())?.path ?? '';
    expect(await findTool(tool, env())).toEqual({ found: null, rejected: [] });
    await plant(inCache.slice(folder.length), 'k6 v2.2.0 (go1.26.8, linux/amd64)');
    expect((await findTool(tool, env())).found).toEqual({ path: inCache, version: '2.2.0', source: 'cache' });
    const onPath = await plant('two/k6', 'k6 v2.3.1 (go1.26.8, linux/amd64)');
    expect((await findTool(tool, env())).found).toEqual({ path: onPath, version: '2.3.1', source: 'path' });
    const named = await plant('three/k6', 'k6 v2.4.0 (go1.26.8, linux/amd64)');
    expect((await findTool(tool, env({ ANTIPODE_K6: named }))).found).toEqual({
      path: named,
      version: '2.4.0',
      source: 'environment',
    });
  });

  test.each<[string, string, boolean, Tool]>([
    ['k6', 'k6 v2.1.9 (x)', false, k6],
    ['k6', 'k6 v2.2.0 (x)', true, k6],
    ['k6', 'k6 v2.10.0 (x)', true, k6],
    ['k6', 'k6 v3.0.0 (x)', false, k6],
    ['k6', 'k6 v0.57.0 (x)', false, k6],
    ['toxiproxy-server', 'toxiproxy-server version 2.12.0', true, toxiproxyServer],
    ['toxiproxy-server', 'toxiproxy-server version 2.9.0', false, toxiproxyServer],
    ['toxiproxy-server', 'toxiproxy-server version 2.120.0', false, toxiproxyServer],
    ['redis-server', 'Redis server v=5.0.14 sha=00000000:0', false, redisServer],
    ['redis-server', 'Redis server v=6.0.16 sha=00000000:0', true, redisServer],
    ['valkey-server', 'Valkey server v=8.1.1 sha=00000000:0', true, redisServer],
    ['postgres', 'postgres (PostgreSQL) 15.12 (Debian 15.12-0+deb12u2)', false, postgres],
    ['postgres', 'postgres (PostgreSQL) 18.4', true, postgres],
    ['postgres', 'postgres (PostgreSQL) 18beta1', false, postgres],
  ])('on PATH by its version: %s that prints %j is accepted: %s', async (executable, output, taken, tool) => {
    await plant(`one/${executable}`, output);
    if (tool === postgres) for (const other of ['initdb', 'pg_ctl']) await plant(`one/${other}`, output);
    const { found, rejected } = await findTool(tool, env());
    expect(found !== null).toBe(taken);
    expect(rejected).toHaveLength(taken ? 0 : 1);
  });

  test('past an unsupported version to a supported one, and the rejected one is reported', async () => {
    const old = await plant('one/k6', 'k6 v1.4.0 (x)');
    const right = await plant('two/k6', 'k6 v2.2.0 (x)');
    expect(await findTool(k6, env())).toEqual({
      found: { path: right, version: '2.2.0', source: 'path' },
      rejected: [`${old} is 1.4.0`],
    });
  });

  test('by the module version in its binary if toxiproxy-server prints only "git"', async () => {
    const module = (version: string) => `dep\tgithub.com/Shopify/toxiproxy/v2\t${version}\th1:x\n`;
    await plant('one/toxiproxy-server', 'toxiproxy-server version git', module('v2.12.0'));
    expect((await findTool(toxiproxyServer, env())).found?.version).toBe('2.12.0');
    const path = await plant('one/toxiproxy-server', 'toxiproxy-server version git', module('v2.9.0'));
    expect((await findTool(toxiproxyServer, env())).rejected).toEqual([`${path} is 2.9.0`]);
    await plant('one/toxiproxy-server', 'toxiproxy-server version git');
    expect((await findTool(toxiproxyServer, env())).rejected).toEqual([`${path} is git`]);
  });

  test('behind a link on PATH, in the directory with the other programs of PostgreSQL', async () => {
    for (const program of ['postgres', 'initdb', 'pg_ctl']) {
      await plant(`lib/18/bin/${program}`, `${program} (PostgreSQL) 18.1`);
    }
    await mkdir(join(folder, 'one'));
    await symlink(join(folder, 'lib/18/bin/postgres'), join(folder, 'one/postgres'));
    expect((await findTool(postgres, env())).found?.path).toBe(join(folder, 'lib/18/bin'));
  });

  test('but not a PostgreSQL without initdb, or with an initdb of another version', async () => {
    await plant('one/postgres', 'postgres (PostgreSQL) 18.1');
    expect((await findTool(postgres, env())).found).toBeNull();
    for (const other of ['initdb', 'pg_ctl']) await plant(`one/${other}`, `${other} (PostgreSQL) 18.0`);
    expect((await findTool(postgres, env())).found).toBeNull();
  });
});

describe('a path in the variable of a tool', () => {
  test.each([
    ['k6', 'the relative path k6'],
    ['/nowhere/k6', '/nowhere/k6, which does not exist'],
    ['/tmp', '/tmp, which is a directory'],
    ['/bin/true', '/bin/true does not run'],
  ])('is an error and never replaced when it is wrong: %s', async (ANTIPODE_K6, got) => {
    await plant('one/k6', 'k6 v2.2.0 (x)');
    await expect(findTool(k6, env({ ANTIPODE_K6 }))).rejects.toMatchObject({
      exitCode: EXIT.usage,
      message: expect.stringContaining(got),
    });
  });

  test('is an error when its version is wrong', async () => {
    const ANTIPODE_K6 = await plant('one/k6', 'k6 v1.4.0 (x)');
    await expect(findTool(k6, env({ ANTIPODE_K6 }))).rejects.toThrow(/k6 is 1\.4\.0, expected k6 >= 2\.2 < 3/);
  });
});
