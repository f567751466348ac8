import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { WorldFile } from '../src/formats/world-file.ts';
import { attachWorld, type RunningWorld, startWorld } from '../src/run/world.ts';
import { resolveTools } from '../src/tools/index.ts';
import { Database } from '../targets/world/stores.ts';
import { database, underTest, type WorldUnderTest } from '../targets/world/under-test.ts';
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
    ['delete of what is not there', 'DELETE', '/products/999999', undefined, 404, 'primary'],
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
        expect(answer.headers['x-epoch']).toBe('1');
        const serverMs = Number(/^total;dur=([\d.]+)$/.exec(answer.headers['server-timing']!)![1]);
        expect(serverMs).toBeLessThanOrEqual(answer.tookMs);
      }
    },
  );

  it('knows a session by its token in every region, and no other token', async () => {
    const { url } = region('eu-west-1');
    const { json } = await ask('POST', `${url}/sessions`, { body: { user: 'ann' } });
    const authorization = `Bearer ${String(json.token)}`;
    const checks = await Promise.all(
      file.regions.map(({ url }) => ask('GET', `${url}/sessions/current`, { headers: { authorization } })),
    );
    expect(checks.map(({ status, json }) => [status, json])).toEqual(checks.map(() => [200, { user: 'ann' }]));
    expect(checks.map(({ headers }) => headers['x-data-source'])).toEqual(['none', 'cache', 'none']);
    const forged = await ask('GET', `${url}/sessions/current`, { headers: { authorization: `${authorization}A` } });
    expect(forged.status).toBe(401);
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

  it('leaves a tombstone where a product was deleted, and its versions go on when it is written again', async () => {
    const { url } = region('ap-southeast-1');
    const key = 300_001;
    const get = (at: string, headers = {}) => ask('GET', `${at}/products/${key}`, { headers });
    const versionOf = ({ headers }: { headers: Record<string, string> }) => Number(headers['x-record-version']);
    expect((await ask('DELETE', `${url}/products/${key}`)).status).toBe(404);
    expect((await get(url)).headers['x-record-version']).toBeUndefined();

    const written = await ask('PUT', `${url}/products/${key}`, { body: product });
    await eventually(async () => expect((await get(url)).headers['x-data-source']).toBe('cache'));
    const deleted = await ask('DELETE', `${url}/products/${key}`);
    expect([deleted.status, versionOf(written), versionOf(deleted)]).toEqual([200, 1, 2]);
    for (const { url: at, role } of file.regions) {
      await eventually(async () => expect((await get(at)).headers['x-record-version']).toBe('2'));
      const gone = await get(at);
      expect([gone.status, gone.headers['x-data-source']]).toEqual([404, role]);
      expect((await get(at, { 'cache-control': 'no-cache' })).status).toBe(404);
    }
    const review = { tenant: 'acme', stars: 4, text: 'good' };
    expect((await ask('POST', `${url}/products/${key}/reviews`, { body: review })).status).toBe(404);

    expect(versionOf(await ask('PUT', `${url}/products/${key}`, { body: product }))).toBe(3);
    await eventually(async () => expect((await get(url)).status).toBe(200));
    expect((await get(url)).json).toEqual({ id: key, ...product, version: 3 });
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
    expect(file.routing).toMatchObject({ speed: 'fast', intervalMs: 1_000, threshold: 3 });
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
      const login = await ask('POST', `${url}/sessions`, { body: { user: 'ann' } });
      expect([login.status, login.headers['x-data-source']]).toEqual([201, 'none']);
      const authorization = `Bearer ${String(login.json.token)}`;
      expect((await ask('GET', `${url}/sessions/current`, { headers: { authorization } })).json).toEqual({
        user: 'ann',
      });
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

describe('the world active-active, broken on purpose', () => {
  let world: RunningWorld;
  let file: WorldFile;
  let broken: WorldUnderTest;
  beforeAll(async () => {
    world = await startHealthy();
    file = world.file;
    broken = underTest(file);
  });
  afterAll(() => world?.stop());

  const FAULT = { fault: 'antipode.test.1.9999999999' };
  const urlOf = (id: string) => file.regions.find((region) => region.id === id)!.url;
  const product = { tenant: 'acme', name: 'pen', price: 9 };

  it('says which processes there are, and refuses what cannot be done to them', async () => {
    const { control, process } = broken;
    const { json } = await control('GET', '/processes');
    const processes = json.processes as { name: string; state: string; fault: string | null }[];
    expect(processes.map(({ name }) => name)).toEqual(
      ['api', 'database', 'store'].flatMap((kind) => file.regions.map(({ id }) => `${kind}-${id}`)),
    );
    expect(new Set(processes.map(({ state, fault }) => `${state} ${fault}`))).toEqual(new Set(['running null']));
    const refused: [path: string, body: object | undefined, status: number, words: RegExp][] = [
      ['/processes/api-mars/stop', FAULT, 404, /there is api-us-east-1, /],
      ['/processes/api-us-east-1/burn', FAULT, 404, /stop, freeze, empty, pause and restore/],
      ['/processes/api-us-east-1/stop', undefined, 400, /"fault"/],
      ['/processes/api-us-east-1/stop', { fault: 'f', force: true }, 400, /unknown: force/],
      ['/processes/api-us-east-1/empty', FAULT, 409, /only a store/],
      ['/processes/store-us-east-1/pause', FAULT, 409, /only a replica/],
      ['/processes/database-us-east-1/pause', FAULT, 409, /only a replica/],
    ];
    for (const [path, body, status, words] of refused) {
      const answer = await control('POST', path, body);
      expect([path, answer.status, answer.json.error]).toEqual([path, status, expect.stringMatching(words)]);
    }
    expect((await control('GET', '/processes')).json).toEqual(json);
    expect((await control('POST', '/processes/api-us-east-1/restore')).status).toBe(200);
    expect(await process('api-us-east-1')).toMatchObject({ state: 'running', fault: null });
  });

  it('routes round a region whose API is stopped, and back when it is up again on its port', async () => {
    const { act, control, process, tokyo, truth } = broken;
    expect(await tokyo()).toBe('ap-southeast-1');
    await act('api-ap-southeast-1', 'stop', FAULT);
    expect(await process('api-ap-southeast-1')).toMatchObject({ state: 'stopped', ...FAULT });
    const other = await control('POST', '/processes/api-ap-southeast-1/freeze', { fault: 'somebody else' });
    expect([other.status, other.json.error]).toEqual([409, expect.stringContaining(FAULT.fault)]);
    expect((await control('POST', '/processes/api-ap-southeast-1/stop', FAULT)).status).toBe(200);

    await eventually(async () => expect(await tokyo()).toBe('us-east-1'), 20_000);
    const [stopped] = await truth('api-stopped', 'ap-southeast-1');
    const [removed] = await truth('routing-switched', 'ap-southeast-1');
    expect(removed!.detail).toBe('removed');
    // Three failures, the first within a second: two intervals at least, and the time-outs of a machine that is busy.
    expect(removed!.atEpochMs - stopped!.atEpochMs).toBeGreaterThan(1_500);
    expect(removed!.atEpochMs - stopped!.atEpochMs).toBeLessThan(10_000);

    const [moved] = await truth('name-moved', 'us-east-1');
    expect(moved!.detail).toBe('tokyo');
    expect(moved!.atEpochMs).toBeGreaterThanOrEqual(removed!.atEpochMs);

    const notTheirs = await control('POST', '/processes/api-ap-southeast-1/restore', { fault: 'somebody else' });
    expect(notTheirs.status).toBe(409);
    await act('api-ap-southeast-1', 'restore');
    await act('api-ap-southeast-1', 'restore');
    expect((await ask('GET', `${urlOf('ap-southeast-1')}/products/1`)).headers['x-served-region']).toBe(
      'ap-southeast-1',
    );
    await eventually(async () => expect(await tokyo()).toBe('ap-southeast-1'), 20_000);
    expect((await truth('routing-switched', 'ap-southeast-1')).map(({ detail }) => detail)).toEqual([
      'removed',
      'returned',
    ]);
    expect(await truth('api-resumed', 'ap-southeast-1')).toHaveLength(1);
  });

  it('takes a healthy region out of its answers by hand, and back, and refuses what is no region', async () => {
    const { control, tokyo, truth } = broken;
    const before = await truth('routing-switched', 'ap-southeast-1');
    expect(await tokyo()).toBe('ap-southeast-1');
    const out = await control('POST', '/evacuate/ap-southeast-1');
    expect([out.status, out.json]).toEqual([
      200,
      { region: 'ap-southeast-1', evacuated: true, answering: ['us-east-1', 'eu-west-1'] },
    ]);
    expect(await tokyo()).toBe('us-east-1');
    // Twice is once: whoever asks again is told the same.
    expect((await control('POST', '/evacuate/ap-southeast-1')).json).toEqual(out.json);
    const back = await control('POST', '/evacuate/ap-southeast-1/end');
    expect([back.status, back.json.evacuated]).toEqual([200, false]);
    expect(await tokyo()).toBe('ap-southeast-1');
    expect(await truth('evacuated', 'ap-southeast-1')).not.toHaveLength(0);
    expect(await truth('evacuation-ended', 'ap-southeast-1')).toHaveLength(1);
    const switched = (await truth('routing-switched', 'ap-southeast-1')).slice(before.length);
    expect(switched.map(({ detail }) => detail)).toEqual(['removed', 'returned']);
    const refused: [method: 'GET' | 'POST', path: string, status: number, words: RegExp][] = [
      ['POST', '/evacuate/mars-1', 404, /no region mars-1; there is us-east-1, /],
      ['POST', '/evacuate/ap-southeast-1/begin', 404, /POST \/evacuate\/\{region\}/],
      ['POST', '/evacuate', 404, /POST \/evacuate\/\{region\}/],
      ['GET', '/evacuate/ap-southeast-1', 405, /POST/],
    ];
    for (const [method, path, status, words] of refused) {
      const answer = await control(method, path);
      expect([path, answer.status, answer.json.error]).toEqual([path, status, expect.stringMatching(words)]);
    }
    expect(await tokyo()).toBe('ap-southeast-1');
  });

  it('finds a region unhealthy whose ingress is a black hole', async () => {
    const { tokyo } = broken;
    const toxics = `${file.toxiproxy.url}/proxies/ingress-ap-southeast-1/toxics`;
    const hole = { type: 'timeout', toxicity: 1, attributes: { timeout: 0 } };
    await ask('POST', toxics, { body: { ...hole, name: 'up', stream: 'upstream' } });
    try {
      await eventually(async () => expect(await tokyo()).toBe('us-east-1'), 20_000);
    } finally {
      await ask('DELETE', `${toxics}/up`);
    }
    await eventually(async () => expect(await tokyo()).toBe('ap-southeast-1'), 20_000);
  });

  it.each(['stop', 'freeze', 'empty'])('lives through a Redis that is gone (%s), and uses it again', async (action) => {
    const url = urlOf('eu-west-1');
    const source = async () => (await ask('GET', `${url}/products/77`)).headers['x-data-source'];
    const { json } = await ask('POST', `${url}/sessions`, { body: { user: 'ann' } });
    const headers = { authorization: `Bearer ${String(json.token)}` };
    await eventually(async () => expect(await source()).toBe('cache'));
    await broken.act('store-eu-west-1', action, FAULT);
    try {
      const took: number[] = [];
      for (let i = 0; i < 40; i++) {
        const read = await ask('GET', `${url}/products/${3_000 + i}`);
        const session = await ask('GET', `${url}/sessions/current`, { headers });
        expect([read.status, session.json]).toEqual([200, { user: 'ann' }]);
        took.push(read.tookMs);
      }
      // Only the first few wait for a Redis that says nothing.
      expect(median(took)).toBeLessThan(40);
      expect((await ask('POST', `${url}/sessions`, { body: { user: 'bob' } })).status).toBe(201);
      expect((await ask('PUT', `${url}/products/77`, { body: product })).status).toBe(200);
    } finally {
      await broken.act('store-eu-west-1', 'restore');
    }
    await eventually(async () => expect(await source()).toBe('cache'));
  });

  it('says that a region is unhealthy whose database is frozen, and healthy again when it thaws', async () => {
    const { directUrl } = file.regions[1]!;
    await broken.act('database-eu-west-1', 'freeze', FAULT);
    try {
      const { status, tookMs } = await ask('GET', `${directUrl}/health`);
      expect(status).toBe(503);
      expect(tookMs).toBeLessThan(5_000);
    } finally {
      await broken.act('database-eu-west-1', 'restore');
    }
    await eventually(async () => expect((await ask('GET', `${directUrl}/health`)).status).toBe(200));
  });

  it('survives the end of a replica, which has everything again when it is back', async () => {
    const url = urlOf('eu-west-1');
    const read = () => ask('GET', `${url}/products/100020`, { headers: { 'cache-control': 'no-cache' } });
    await broken.act('database-eu-west-1', 'stop', FAULT);
    let version: string | undefined;
    try {
      await eventually(async () => expect((await read()).status).toBe(503));
      version = (await ask('PUT', `${urlOf('us-east-1')}/products/100020`, { body: product })).headers[
        'x-record-version'
      ];
    } finally {
      await broken.act('database-eu-west-1', 'restore');
    }
    await eventually(async () => expect((await read()).headers['x-record-version']).toBe(version));
  });

  it('raises the alert when a replica stops replaying, and takes it back', async () => {
    const { act, control, truth } = broken;
    const lag = async () => {
      const replicas = (await control('GET', '/lag')).json.replicas as {
        region: string;
        lagMs: number;
        alert: boolean;
      }[];
      return replicas.find(({ region }) => region === 'ap-southeast-1')!;
    };
    expect(await lag()).toMatchObject({ lagMs: expect.any(Number), alert: false });
    await act('database-ap-southeast-1', 'pause', FAULT);
    try {
      await eventually(async () => expect(await lag()).toMatchObject({ alert: true }));
      expect((await lag()).lagMs).toBeGreaterThan(1_000);
      const { json } = await ask('GET', `${file.regions[2]!.directUrl}/lag`);
      expect(json.ageMs).toBeGreaterThan(1_000);
    } finally {
      await act('database-ap-southeast-1', 'restore');
    }
    await eventually(async () => expect(await lag()).toMatchObject({ alert: false }));
    const [paused] = await truth('replay-paused', 'ap-southeast-1');
    const [alert] = await truth('lag-alert', 'ap-southeast-1');
    expect(alert!.atEpochMs - paused!.atEpochMs).toBeGreaterThan(1_000);
    expect(await truth('lag-clear', 'ap-southeast-1')).toHaveLength(1);
  });

  it('lets every region write a cart, also while they cannot reach each other, and agrees on the winner', async () => {
    const cart = async (id: string, key: string) => (await ask('GET', `${urlOf(id)}/carts/${key}`)).json;
    const put = async (id: string, key: string, items: object, clock: object = {}) => {
      const { status, json } = await ask('PUT', `${urlOf(id)}/carts/${key}`, {
        body: { tenant: 'acme', items },
        headers: { 'x-vector-clock': JSON.stringify(clock) },
      });
      expect(status).toBe(200);
      return json.clock as object;
    };
    const everywhere = (key: string, items: object) =>
      eventually(async () => {
        for (const { id } of file.regions) expect((await cart(id, key)).items).toEqual(items);
      });
    expect((await ask('GET', `${urlOf('us-east-1')}/carts/nobody`)).status).toBe(404);
    const headers = { 'x-vector-clock': '{"us-east-1":"many"}' };
    const body = { tenant: 'acme', items: {} };
    expect((await ask('PUT', `${urlOf('us-east-1')}/carts/ann`, { body, headers })).status).toBe(400);
    const first = await put('us-east-1', 'ann', { pen: 1 });
    await everywhere('ann', { pen: 1 });
    await put('eu-west-1', 'ann', { pen: 2 }, first);
    await everywhere('ann', { pen: 2 });

    const between = ['sync-us-east-1-ap-southeast-1', 'sync-ap-southeast-1-us-east-1'];
    const links = [...between, 'sync-us-east-1-eu-west-1', 'sync-eu-west-1-us-east-1'];
    const setLinks = async (enabled: boolean) => {
      for (const link of links) await ask('POST', `${file.toxiproxy.url}/proxies/${link}`, { body: { enabled } });
    };
    await setLinks(false);
    try {
      await put('us-east-1', 'bob', { ink: 1 });
      await put('ap-southeast-1', 'bob', { ink: 7 });
      await eventually(async () => expect((await cart('eu-west-1', 'bob')).items).toEqual({ ink: 7 }));
      expect((await cart('us-east-1', 'bob')).items).toEqual({ ink: 1 });
    } finally {
      await setLinks(true);
    }
    await everywhere('bob', { ink: 7 });
    for (const { id } of file.regions) {
      expect((await cart(id, 'bob')).clock).toEqual({ 'us-east-1': 1, 'ap-southeast-1': 1 });
    }
    await broken.act('store-us-east-1', 'empty', FAULT);
    await broken.act('store-us-east-1', 'restore');
    await everywhere('bob', { ink: 7 });
  });

  // The last one: nothing is as it was afterwards.
  it('promotes eu-west-1 when the primary is gone, and keeps the old one from writing when it is back', async () => {
    const { act, truth } = broken;
    const write = (id: string) => ask('PUT', `${urlOf(id)}/products/100021`, { body: product });
    const read = (id: string) =>
      ask('GET', `${urlOf(id)}/products/100021`, { headers: { 'cache-control': 'no-cache' } });
    const version = (answer: { headers: Record<string, string> }) => Number(answer.headers['x-record-version']);
    const before = version(await write('us-east-1'));
    await eventually(async () => expect(version(await read('eu-west-1'))).toBe(before));

    await act('database-us-east-1', 'stop', FAULT);
    await eventually(async () => {
      const written = await write('ap-southeast-1');
      expect([written.status, written.headers['x-epoch']]).toEqual([200, '2']);
    }, 30_000);
    const [stopped] = await truth('database-stopped', 'us-east-1');
    const [promoted] = await truth('promoted', 'eu-west-1');
    expect(promoted!.atEpochMs - stopped!.atEpochMs).toBeLessThan(20_000);
    expect(await truth('fenced', 'us-east-1')).toHaveLength(1);

    // The region of the old primary writes and reads where the others write.
    const written = await write('us-east-1');
    expect([written.status, written.headers['x-epoch']]).toEqual([200, '2']);
    expect(version(written)).toBeGreaterThan(before + 1);
    const seen = await read('us-east-1');
    expect([version(seen), seen.headers['x-data-source']]).toEqual([version(written), 'primary']);
    await eventually(async () => expect(version(await read('ap-southeast-1'))).toBe(version(written)));
    expect((await read('ap-southeast-1')).headers['x-data-source']).toBe('replica');

    await act('database-us-east-1', 'restore');
    await using old = await database(file.regions[0]!.postgresUrl);
    await expect(old.query('UPDATE products SET price = 1 WHERE id = 100021')).rejects.toThrow(/read-only/);
    expect((await old.query('SELECT version FROM products WHERE id = 100021')).rows).toEqual([{ version: before }]);
    await using current = await database(file.regions[1]!.postgresUrl);
    expect((await current.query('SELECT value FROM epoch')).rows).toEqual([{ value: 2 }]);
    // Who has not heard of it is refused by the database itself.
    const deaf = new Database(Number(new URL(file.regions[1]!.postgresUrl).port), 1);
    await expect(deaf.write('upsert', 1, [100_021, 'acme', 'pen', 9])).rejects.toThrow(/epoch 1 is over/);
    deaf.close();
    const { replicas } = (await broken.control('GET', '/lag')).json as { replicas: { region: string }[] };
    expect(replicas.map(({ region }) => region)).toEqual(['ap-southeast-1']);
    const after = await write('us-east-1');
    expect([after.status, version(after)]).toEqual([200, version(written) + 1]);
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

  it('leaves nothing when its main process is killed while others are frozen, stopped or paused', async () => {
    await using world = await startHealthy();
    const { act } = underTest(world.file);
    const fault = { fault: 'test' };
    const tree = processTree(world.file.pid);
    await act('database-eu-west-1', 'freeze', fault);
    await act('database-us-east-1', 'freeze', fault);
    await act('api-eu-west-1', 'freeze', fault);
    await act('store-eu-west-1', 'freeze', fault);
    await act('database-ap-southeast-1', 'pause', fault);
    await act('api-ap-southeast-1', 'stop', fault);
    await act('store-ap-southeast-1', 'stop', fault);
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
    async function kept(...more: string[]) {
      const command = spawn(
        process.execPath,
        ['--import', 'tsx', 'src/cli/main.ts', 'world', 'active-active', '--json', ...more],
        {
          detached: true,
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      const ended = once(command, 'exit');
      const [line] = (await once(createInterface({ input: command.stdout }), 'line')) as [string];
      const file = JSON.parse(line) as WorldFile & { fis?: { url: string; scale: number } };
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

    it('has an FIS endpoint beside it when it is told to, and neither outlives the command', async () => {
      using world = await kept('--fis', '--fis-scale', '60');
      const { url, scale } = world.file.fis!;
      expect(scale).toBe(60);
      const { json } = await ask('GET', `${url}/_local`);
      expect(json).toMatchObject({ endpoint: 'antipode-local-fis', regions: expect.arrayContaining(['eu-west-1']) });
      world.command.kill('SIGINT');
      expect(await world.ended).toEqual([0, null]);
      await nothingLeft(world.tree, world.path);
      await expect(fetch(`${url}/_local`)).rejects.toThrow(/fetch failed/);
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
