import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { processTree, stillRunning } from '../../test/process-tree.ts';
import { attachWorld } from '../../src/run/world.ts';
import { resolveTools } from '../../src/tools/index.ts';
import { underTest } from '../../test/world-under-test.ts';

const WORLD = fileURLToPath(new URL('.', import.meta.url));
const ROOT = join(WORLD, '../..');

/** The files of the example, by name, with imports that work outside the repository. */
async function example(): Promise<Record<string, string>> {
  const page = await readFile(join(ROOT, 'docs/add-a-world.md'), 'utf8');
  const files = page.matchAll(/^`targets\/world\/hello\/([\w.]+)`.*?^```ts\n(.*?)^```$/gms);
  const source = (code: string): string => code.replace(/from '\.\.\/(.+)'/g, (_, path) => `from '${WORLD}${path}'`);
  return Object.fromEntries([...files].map(([, name, code]) => [name!, source(code!)]));
}

describe('the example of docs/add-a-world.md', { timeout: 60_000 }, () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'antipode-example-'));
    await mkdir(join(directory, 'hello'));
    for (const [name, code] of Object.entries(await example())) await writeFile(join(directory, 'hello', name), code);
    await writeFile(join(directory, 'package.json'), '{ "type": "module" }');
    await writeFile(
      join(directory, 'main.ts'),
      [
        `import { runOnHost } from '${WORLD}host/run.ts';`,
        `import { hello } from './hello/world.ts';`,
        `await runOnHost({ hello });`,
      ].join('\n'),
    );
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  /** Starts the world; resolves with the path of world.json. */
  async function start(defect: string | null) {
    const tools = await resolveTools(['postgres', 'toxiproxy-server', 'redis-server']);
    const main = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), join(directory, 'main.ts')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const paths = {
      postgresBinDir: tools.postgres,
      toxiproxyServer: tools['toxiproxy-server'],
      redisServer: tools['redis-server'],
    };
    main.stdin.write(`${JSON.stringify({ world: 'hello', defect, tools: paths })}\n`);
    const [line] = (await once(createInterface({ input: main.stdout }), 'line')) as [string];
    return {
      main,
      path: (JSON.parse(line) as { worldFile: string }).worldFile,
      async [Symbol.asyncDispose]() {
        main.stdin.end();
        if (main.exitCode === null && main.signalCode === null) await once(main, 'exit');
      },
    };
  }

  it('starts, serves, is published, is broken and restored, and stops without leaving anything behind', async () => {
    await using world = await start(null);
    const tree = processTree(world.main.pid!);
    const file = await attachWorld(world.path);
    expect(file.regions).toMatchObject([{ id: 'eu-west-1', role: 'stateless', postgresUrl: null, redisUrl: null }]);
    expect(file.links.map(({ proxy, far }) => `${proxy} leads to ${far}`)).toEqual(['ingress-eu-west-1 leads to api']);
    const { url } = file.regions[0]!;
    const response = await fetch(`${url}/hello`);
    expect([await response.json(), response.headers.get('x-served-region')]).toEqual([{ words: 'hello' }, 'eu-west-1']);

    const { act, process: processOf, tokyo } = underTest(file);
    expect(await tokyo()).toBe('eu-west-1');
    await act('api-eu-west-1', 'stop', { fault: 'antipode.test.1.1' });
    await expect(fetch(`${url}/hello`)).rejects.toThrow('fetch failed');
    await act('api-eu-west-1', 'restore');
    expect(await processOf('api-eu-west-1')).toMatchObject({ state: 'running', fault: null });
    expect((await fetch(`${url}/hello`)).status).toBe(200);
    expect(await (await fetch(`${file.control.url}/metrics`)).text()).toContain('antipode_world_routing_answering');

    world.main.stdin.end();
    expect(await once(world.main, 'exit')).toEqual([0, null]);
    await vi.waitFor(() => expect(stillRunning(tree)).toEqual([]), { timeout: 5_000 });
    expect(existsSync(dirname(world.path))).toBe(false);
  });

  it('has its planted defect', async () => {
    await using world = await start('mute');
    const { defect, regions } = await attachWorld(world.path);
    expect([defect, await (await fetch(`${regions[0]!.url}/hello`)).json()]).toEqual(['mute', { words: '' }]);
  });

  it('compiles against the types of the kit', async () => {
    const config = {
      extends: join(ROOT, 'tsconfig.json'),
      compilerOptions: { typeRoots: [join(ROOT, 'node_modules/@types')] },
      include: ['main.ts', 'hello'],
    };
    await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(config));
    const tsc = spawn(join(ROOT, 'node_modules/.bin/tsc'), ['-p', directory]);
    expect(await text(tsc.stdout)).toBe('');
  });
});
