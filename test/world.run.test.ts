import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { WorldFile } from '../src/formats/world-file.ts';
import { attachWorld, type RunningWorld, startWorld } from '../src/run/world.ts';
import { resolveTools } from '../src/tools/index.ts';
import { ask, median } from './ask.ts';
import { type KnownProcess, processTree, stillRunning } from './process-tree.ts';

const startHealthy = async (): Promise<RunningWorld> => {
  const tools = await resolveTools(['postgres', 'toxiproxy-server', 'redis-server']);
  return startWorld({ world: 'active-active', defect: null, tools });
};

/** Waits until it holds; the worlds of several tests may share two cores. */
const eventually = (condition: () => unknown, timeout = 10_000): Promise<unknown> =>
  vi.waitFor(condition, { timeout, interval: 50 });

describe('the world active-active', () => {
  let world: RunningWorld;
  let file: WorldFile;
  beforeAll(async () => {
    world = await startHealthy();
    file = world.file;
  });
  afterAll(() => world?.stop());

  const region = (id: string) => file.regions.find((candidate) => candidate.id === id)!;
  const product = { tenant: 'acme', name: 'pen', price: 9 };

  it('publishes a world.json that the harness can attach to', async () => {
    expect(await attachWorld(world.worldFilePath)).toEqual(file);
    expect(file.regions.map(({ id, role }) => `${id} ${role}`)).toEqual([
      'us-east-1 primary',
      'eu-west-1 replica',
      'ap-southeast-1 replica',
    ]);
    expect(Object.keys(file.versions).toSorted()).toEqual(['node', 'postgres', 'redis', 'toxiproxy']);
  });

  it('has a Toxiproxy proxy for every link it publishes, and no others', async () => {
    const { json } = await ask('GET', `${file.toxiproxy.url}/proxies`);
    expect(Object.keys(json).toSorted()).toEqual(file.links.map(({ proxy }) => proxy).toSorted());
  });

  it.each([
    ['list', 'GET', '/products?tenant=acme&page=499', undefined, 200, 'database'],
    ['get', 'GET', '/products/4999', undefined, 200, 'database'],
    ['tracer-read', 'GET', '/products/100099', undefined, 200, 'database'],
    ['create', 'POST', '/products/7/reviews', { tenant: 'acme', stars: 4, text: 'good' }, 201, 'primary'],
    ['delete', 'DELETE', '/products/7/reviews', undefined, 200, 'primary'],
    ['delete of nothing', 'DELETE', '/products/8/reviews', undefined, 200, 'primary'],
    ['update', 'PUT', '/products/7', product, 200, 'primary'],
    ['update of a new key', 'PUT', '/products/300000', product, 200, 'primary'],
    ['login', 'POST', '/sessions', { user: 'ann' }, 201, 'cache'],
    ['session-check without a session', 'GET', '/sessions/current', undefined, 401, 'none'],
    ['get of what is not there', 'GET', '/products/999999', undefined, 404, 'database'],
    ['update with a wrong body', 'PUT', '/products/7', { tenant: 'acme' }, 400, 'none'],
  ] as const)(
    'answers %s as declared, in every region, saying who served it',
    async (_, method, path, body, status, from) => {
      for (const { id, url, role } of file.regions) {
        const answer = await ask(method, url + path, {
          ...(body ? { body } : {}),
          ...(from === 'database' ? { headers: { 'cache-control': 'no-cache' } } : {}),
        });
        expect(answer.status).toBe(status);
        expect(answer.headers['x-served-region']).toBe(id);
        expect(answer.headers['x-data-source']).toBe(from === 'database' ? role : from);
        expect(answer.headers['x-api-version']).toBe('1');
        const serverMs = Number(/^total;dur=([\d.]+)$/.exec(answer.headers['server-timing']!)![1]);
        expect(serverMs).toBeLessThanOrEqual(answer.tookMs);
      }
    },
  );

  it('knows a session by its token in the region that opened it', async () => {
    const { url } = region('eu-west-1');
    const { json } = await ask('POST', `${url}/sessions`, { body: { user: 'ann' } });
    const check = await ask('GET', `${url}/sessions/current`, {
      headers: { authorization: `Bearer ${String(json.token)}` },
    });
    expect([check.status, check.json]).toEqual([200, { user: 'ann' }]);
  });

  it('serves a read from the cache of the region the second time, and past it when asked to', async () => {
    const url = `${region('ap-southeast-1').url}/products/1234`;
    const sources: (string | undefined)[] = [];
    for (const headers of [{}, {}, { 'cache-control': 'no-cache' }]) {
      const answer = await ask('GET', url, { headers });
      sources.push(answer.headers['x-data-source']);
      expect(answer.headers['x-record-version']).toBe('1');
    }
    expect(sources).toEqual(['replica', 'cache', 'replica']);
    await eventually(async () => expect((await ask('GET', url)).headers['x-data-source']).toBe('replica'), 3_000);
  });

  it('makes a write pay the round trip to the primary, and little more', async () => {
    for (const { id, url, rttToPrimaryMs } of file.regions) {
      const took: number[] = [];
      for (let i = 0; i < 9; i++) took.push((await ask('PUT', `${url}/products/100001`, { body: product })).tookMs);
      // Half a millisecond for timers that count whole ones.
      expect(Math.min(...took), id).toBeGreaterThan(rttToPrimaryMs - 1);
      expect(median(took), id).toBeLessThan(rttToPrimaryMs + 60);
    }
  });

  it('shows a write in every replica, no sooner than the wire allows', async () => {
    const read = (id: string) =>
      ask('GET', `${region(id).url}/products/100002`, { headers: { 'cache-control': 'no-cache' } });
    const written = await ask('PUT', `${region('us-east-1').url}/products/100002`, { body: product });
    const ackedMs = performance.now();
    const version = Number(written.headers['x-record-version']);
    expect(version).toBeGreaterThan(1);
    await Promise.all(
      ['eu-west-1', 'ap-southeast-1'].map(async (id) => {
        await eventually(async () =>
          expect(Number((await read(id)).headers['x-record-version'])).toBeGreaterThanOrEqual(version),
        );
        // From commit to commit it is half a round trip; the acknowledgement took a few milliseconds of it.
        expect(performance.now() - ackedMs).toBeGreaterThan(region(id).rttToPrimaryMs / 2 - 20);
      }),
    );
  });

  it('counts the versions of a record without a gap when all regions write it at once', async () => {
    const writes = file.regions.flatMap(({ url }) =>
      Array.from({ length: 10 }, () => ask('PUT', `${url}/products/100003`, { body: product })),
    );
    const versions = (await Promise.all(writes)).map(({ headers }) => Number(headers['x-record-version']));
    expect(versions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => i + 2));
  });

  it('lets the true lag of every replica be read', async () => {
    for (const { id, directUrl, role, rttToPrimaryMs } of file.regions) {
      const { json } = await ask('GET', `${directUrl}/lag`);
      expect(json).toMatchObject({ region: id, role, replayLsn: expect.stringMatching(/^[0-9A-F]+\/[0-9A-F]+$/) });
      if (role === 'primary') expect(json.lagMs).toBe(0);
      else {
        expect(json.lagMs).toBeGreaterThan(rttToPrimaryMs / 2 - 5);
        expect(json.lagMs).toBeLessThan(500);
      }
    }
  });

  it('counts the requests of a run, and only those', async () => {
    const headers = { 'X-Antipode-Run': 'run-of-the-test' };
    const { url, directUrl } = region('eu-west-1');
    for (let i = 0; i < 5; i++) await ask('GET', `${url}/products/${i}`, { headers });
    await ask('GET', `${url}/products/1`);
    await ask('GET', `${file.edge.url}/assets/1.js`, { headers });
    expect((await ask('GET', `${directUrl}/counters`)).json).toEqual({ runs: { 'run-of-the-test': 5 } });
    expect((await ask('GET', `${file.edge.url}/counters`)).json).toEqual({ runs: { 'run-of-the-test': 1 } });
  });

  it('serves assets from the edge, a few KB of script', async () => {
    const answers = [
      await ask('GET', `${file.edge.url}/assets/4321.js`),
      await ask('GET', `${file.edge.url}/assets/4321.js`),
    ];
    expect(answers.map(({ headers }) => headers['x-cache'])).toEqual(['miss', 'hit']);
    expect(answers[1]!.headers).toMatchObject({ 'x-data-source': 'edge', 'content-type': 'text/javascript' });
    expect(answers[1]!.text).toBe(answers[0]!.text);
    expect(answers[1]!.text.length).toBeGreaterThan(1_500);
    expect((await ask('GET', `${file.edge.url}/assets/passwd`)).status).toBe(404);
  });

  it('routes people to their nearest region', async () => {
    const tokyo = await ask('GET', `${file.routing.url}/resolve?city=tokyo&lat=35.69&lon=139.75`);
    expect(tokyo.json).toEqual({ region: 'ap-southeast-1', ttlSeconds: 5 });
    expect((await ask('GET', `${file.routing.url}/resolve?city=tokyo`)).status).toBe(400);
  });

  const setProxy = (proxy: string, enabled: boolean) =>
    ask('POST', `${file.toxiproxy.url}/proxies/${proxy}`, { body: { enabled } });

  it('goes on reading when Redis refuses or is silent, and has its cache back afterwards', async () => {
    const { url } = region('eu-west-1');
    const source = async () => {
      const { status, headers, tookMs } = await ask('GET', `${url}/products/55`);
      expect(status).toBe(200);
      return { source: headers['x-data-source'], tookMs };
    };
    try {
      await setProxy('redis-eu-west-1', false);
      await eventually(async () => expect((await source()).source).toBe('replica'));
      expect((await ask('POST', `${url}/sessions`, { body: { user: 'ann' } })).status).toBe(503);
    } finally {
      await setProxy('redis-eu-west-1', true);
    }
    await eventually(async () => expect((await source()).source).toBe('cache'));

    const hole = { name: 'hole', type: 'timeout', stream: 'downstream', toxicity: 1, attributes: { timeout: 0 } };
    await ask('POST', `${file.toxiproxy.url}/proxies/redis-eu-west-1/toxics`, { body: hole });
    try {
      const silent = await source();
      expect(silent.source).toBe('replica');
      expect(silent.tookMs).toBeLessThan(120);
    } finally {
      await ask('DELETE', `${file.toxiproxy.url}/proxies/redis-eu-west-1/toxics/hole`);
    }
    await eventually(async () => expect((await source()).source).toBe('cache'));
  });

  it('refuses writes and goes on reading when the way to the primary is cut, and writes again afterwards', async () => {
    const { url } = region('ap-southeast-1');
    const write = async () => (await ask('PUT', `${url}/products/56`, { body: product })).status;
    try {
      await setProxy('primary-ap-southeast-1', false);
      await eventually(async () => expect(await write()).toBe(503));
      expect((await ask('GET', `${url}/products?tenant=acme&page=1`)).status).toBe(200);
    } finally {
      await setProxy('primary-ap-southeast-1', true);
    }
    await eventually(async () => expect(await write()).toBe(200));
  });

  it('keeps an idle connection for longer than people think between two requests', async () => {
    const { url } = region('us-east-1');
    const { headers } = await ask('GET', `${url}/products/1`);
    expect(Number(/^timeout=(\d+)$/.exec(headers['keep-alive']!)![1])).toBeGreaterThan(600);
  });
});

describe('the end of a world', () => {
  /** Nothing of it is left: no process, no directory. */
  const nothingLeft = async (tree: KnownProcess[], path: string): Promise<void> => {
    expect(tree.length).toBeGreaterThan(20);
    await eventually(() => expect(stillRunning(tree)).toEqual([]));
    await eventually(() => expect(existsSync(dirname(path))).toBe(false));
  };

  it('takes less than two seconds and leaves nothing when it is stopped', async () => {
    await using world = await startHealthy();
    const tree = processTree(world.file.pid);
    const beganMs = performance.now();
    await world.stop();
    expect(performance.now() - beganMs).toBeLessThan(2_000);
    expect(stillRunning(tree)).toEqual([]);
    await nothingLeft(tree, world.worldFilePath);
  });

  it('is not brought about by the signal that would have ended the start', async () => {
    const interrupt = new AbortController();
    const tools = await resolveTools(['postgres', 'toxiproxy-server', 'redis-server']);
    await using world = await startWorld({
      world: 'active-active',
      defect: null,
      tools,
      signal: interrupt.signal,
    });
    interrupt.abort();
    // A round trip to every part of it: what would end has begun to by then.
    for (let i = 0; i < 5; i++) await attachWorld(world.worldFilePath);
    expect(stillRunning(processTree(world.file.pid)).length).toBeGreaterThan(20);
  });

  it('leaves nothing when its main process is killed, and is noticed', async () => {
    await using world = await startHealthy();
    const tree = processTree(world.file.pid);
    process.kill(world.file.pid, 'SIGKILL');
    expect(await world.lost).toMatch(/SIGKILL/);
    await nothingLeft(tree, world.worldFilePath);
  });

  it('comes and leaves nothing when one of its servers is killed, and says which', async () => {
    await using world = await startHealthy();
    const tree = processTree(world.file.pid);
    process.kill(tree.find(({ command }) => command.includes('redis-server'))!.pid, 'SIGKILL');
    expect(await world.lost).toMatch(/the world is broken: redis-\S+ was ended by SIGKILL/);
    await nothingLeft(tree, world.worldFilePath);
  });

  it('leaves nothing when its main process is killed in the middle of the start', async () => {
    const start = startHealthy().then(
      async (world) => {
        await world.stop();
        return 'came up';
      },
      (error: Error) => error.message,
    );
    const mine = (program: string) => processTree(process.pid).filter(({ command }) => command.includes(program));
    const command = (await eventually(() => {
      const [first] = mine('data-us-east-1');
      expect(first).toBeDefined();
      return first!.command;
    })) as string;
    const main = mine('targets/world/main.ts')[0]!;
    const tree = processTree(main.pid);
    const directory = /(\/\S*antipode-world-\w+)\//.exec(command)![1]!;
    process.kill(main.pid, 'SIGKILL');
    expect(await start).toMatch(/^The world active-active did not come up: exit SIGKILL/);
    await eventually(() => expect(stillRunning(tree)).toEqual([]));
    await eventually(() => expect(existsSync(directory)).toBe(false));
  });

  describe('kept up by hand', () => {
    async function kept() {
      const command = spawn(
        process.execPath,
        ['--import', 'tsx', 'src/cli/main.ts', 'world', 'active-active', '--json'],
        {
          detached: true,
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      const ended = once(command, 'exit');
      const [line] = (await once(createInterface({ input: command.stdout }), 'line')) as [string];
      const file = JSON.parse(line) as WorldFile;
      const tree = processTree(file.pid);
      const directory = /(\/\S*antipode-world-\w+)\//.exec(tree.map((process) => process.command).join('\n'))![1]!;
      const dispose = () => void (command.exitCode ?? command.signalCode ?? command.kill('SIGTERM'));
      return { command, ended, file, tree, path: `${directory}/world.json`, [Symbol.dispose]: dispose };
    }

    it('leaves nothing after Ctrl-C and exits 0', async () => {
      using world = await kept();
      world.command.kill('SIGINT');
      expect(await world.ended).toEqual([0, null]);
      expect(stillRunning(world.tree)).toEqual([]);
      await nothingLeft(world.tree, world.path);
    });

    it('leaves nothing when the command is killed', async () => {
      using world = await kept();
      world.command.kill('SIGKILL');
      await nothingLeft(world.tree, world.path);
    });

    it('leaves nothing when the command and the main process are killed together', async () => {
      using world = await kept();
      world.command.kill('SIGKILL');
      process.kill(world.file.pid, 'SIGKILL');
      await nothingLeft(world.tree, world.path);
    });
  });
});
