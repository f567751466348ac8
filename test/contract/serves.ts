/** The contract of the world active-active on every ground: how it serves. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { WorldFile } from '../../src/formats/world-file.ts';
import { attachWorld } from '../../src/run/world.ts';
import { sendRequest, median } from '../http.ts';
import { eventually, type GivenWorld } from './given-world.ts';

/** Declares the tests, for a healthy world that `start` starts. */
export function serves(start: () => Promise<GivenWorld>): void {
  let world: GivenWorld;
  let file: WorldFile;
  beforeAll(async () => {
    world = await start();
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
    // And `engine` on Docker Compose.
    expect(Object.keys(file.versions)).toEqual(expect.arrayContaining(['node', 'postgres', 'redis', 'toxiproxy']));
  });

  it('has a Toxiproxy proxy for every link it publishes, and no others', async () => {
    const { json } = await sendRequest('GET', `${file.toxiproxy.url}/proxies`);
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
    'responds to %s as declared, in every region, with the serving region',
    async (_, method, path, body, status, from) => {
      for (const { id, url, role } of file.regions) {
        const response = await sendRequest(method, url + path, {
          ...(body ? { body } : {}),
          ...(from === 'database' ? { headers: { 'cache-control': 'no-cache' } } : {}),
        });
        expect(response.status).toBe(status);
        expect(response.headers['x-served-region']).toBe(id);
        expect(response.headers['x-data-source']).toBe(from === 'database' ? role : from);
        expect(response.headers['x-api-version']).toBe('1');
        expect(response.headers['x-epoch']).toBe('1');
        const serverMs = Number(/^total;dur=([\d.]+)$/.exec(response.headers['server-timing']!)![1]);
        expect(serverMs).toBeLessThanOrEqual(response.tookMs);
      }
    },
  );

  it('accepts the token of a session in every region, and no other token', async () => {
    const { url } = region('eu-west-1');
    const { json } = await sendRequest('POST', `${url}/sessions`, { body: { user: 'ann' } });
    const authorization = `Bearer ${String(json.token)}`;
    const checks = await Promise.all(
      file.regions.map(({ url }) => sendRequest('GET', `${url}/sessions/current`, { headers: { authorization } })),
    );
    expect(checks.map(({ status, json }) => [status, json])).toEqual(checks.map(() => [200, { user: 'ann' }]));
    expect(checks.map(({ headers }) => headers['x-data-source'])).toEqual(['none', 'cache', 'none']);
    const forged = await sendRequest('GET', `${url}/sessions/current`, {
      headers: { authorization: `${authorization}A` },
    });
    expect(forged.status).toBe(401);
  });

  it('serves a second read from the cache of the region, and bypasses it on request', async () => {
    const url = `${region('ap-southeast-1').url}/products/1234`;
    const sources: (string | undefined)[] = [];
    for (const headers of [{}, {}, { 'cache-control': 'no-cache' }]) {
      const response = await sendRequest('GET', url, { headers });
      sources.push(response.headers['x-data-source']);
      expect(response.headers['x-record-version']).toBe('1');
    }
    expect(sources).toEqual(['replica', 'cache', 'replica']);
    await eventually(
      async () => expect((await sendRequest('GET', url)).headers['x-data-source']).toBe('replica'),
      3_000,
    );
  });

  it('delays a write by the round trip to the primary, and little more', async () => {
    for (const { id, url, rttToPrimaryMs } of file.regions) {
      const took: number[] = [];
      for (let i = 0; i < 9; i++)
        took.push((await sendRequest('PUT', `${url}/products/100001`, { body: product })).tookMs);
      // Node's timers count whole milliseconds.
      expect(Math.min(...took), id).toBeGreaterThan(rttToPrimaryMs! - 1);
      expect(median(took), id).toBeLessThan(rttToPrimaryMs! + 60);
    }
  });

  it('shows a write in every replica, no sooner than its network delay', async () => {
    const read = (id: string) =>
      sendRequest('GET', `${region(id).url}/products/100002`, { headers: { 'cache-control': 'no-cache' } });
    const written = await sendRequest('PUT', `${region('us-east-1').url}/products/100002`, { body: product });
    const ackedMs = performance.now();
    const version = Number(written.headers['x-record-version']);
    expect(version).toBeGreaterThan(1);
    await Promise.all(
      ['eu-west-1', 'ap-southeast-1'].map(async (id) => {
        await eventually(async () =>
          expect(Number((await read(id)).headers['x-record-version'])).toBeGreaterThanOrEqual(version),
        );
        // Replication takes half a round trip, minus the few milliseconds of the acknowledgement.
        expect(performance.now() - ackedMs).toBeGreaterThan(region(id).rttToPrimaryMs! / 2 - 20);
      }),
    );
  });

  it('increments the version of a record without gaps when all regions write it concurrently', async () => {
    const writes = file.regions.flatMap(({ url }) =>
      Array.from({ length: 10 }, () => sendRequest('PUT', `${url}/products/100003`, { body: product })),
    );
    const versions = (await Promise.all(writes)).map(({ headers }) => Number(headers['x-record-version']));
    expect(versions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => i + 2));
  });

  it('keeps a tombstone of a deleted product, and its versions continue when it is written again', async () => {
    const { url } = region('ap-southeast-1');
    const key = 300_001;
    const get = (at: string, headers = {}) => sendRequest('GET', `${at}/products/${key}`, { headers });
    const versionOf = ({ headers }: { headers: Record<string, string> }) => Number(headers['x-record-version']);
    expect((await sendRequest('DELETE', `${url}/products/${key}`)).status).toBe(404);
    expect((await get(url)).headers['x-record-version']).toBeUndefined();

    const written = await sendRequest('PUT', `${url}/products/${key}`, { body: product });
    await eventually(async () => expect((await get(url)).headers['x-data-source']).toBe('cache'));
    const deleted = await sendRequest('DELETE', `${url}/products/${key}`);
    expect([deleted.status, versionOf(written), versionOf(deleted)]).toEqual([200, 1, 2]);
    for (const { url: at, role } of file.regions) {
      await eventually(async () => expect((await get(at)).headers['x-record-version']).toBe('2'));
      const gone = await get(at);
      expect([gone.status, gone.headers['x-data-source']]).toEqual([404, role]);
      expect((await get(at, { 'cache-control': 'no-cache' })).status).toBe(404);
    }
    const review = { tenant: 'acme', stars: 4, text: 'good' };
    expect((await sendRequest('POST', `${url}/products/${key}/reviews`, { body: review })).status).toBe(404);

    expect(versionOf(await sendRequest('PUT', `${url}/products/${key}`, { body: product }))).toBe(3);
    await eventually(async () => expect((await get(url)).status).toBe(200));
    expect((await get(url)).json).toEqual({ id: key, ...product, version: 3 });
  });

  it('reports the true lag of every replica', async () => {
    for (const { id, directUrl, role, rttToPrimaryMs } of file.regions) {
      const { json } = await sendRequest('GET', `${directUrl}/lag`);
      expect(json).toMatchObject({ region: id, role, replayLsn: expect.stringMatching(/^[0-9A-F]+\/[0-9A-F]+$/) });
      if (role === 'primary') expect(json.lagMs).toBe(0);
      else {
        expect(json.lagMs).toBeGreaterThan(rttToPrimaryMs! / 2 - 5);
        expect(json.lagMs).toBeLessThan(500);
      }
    }
  });

  it('counts only the requests of a run', async () => {
    const headers = { 'X-Antipode-Run': 'run-of-the-test' };
    const { url, directUrl } = region('eu-west-1');
    for (let i = 0; i < 5; i++) await sendRequest('GET', `${url}/products/${i}`, { headers });
    await sendRequest('GET', `${url}/products/1`);
    await sendRequest('GET', `${file.edge.url}/assets/1.js`, { headers });
    expect((await sendRequest('GET', `${directUrl}/counters`)).json).toEqual({ runs: { 'run-of-the-test': 5 } });
    expect((await sendRequest('GET', `${file.edge.url}/counters`)).json).toEqual({ runs: { 'run-of-the-test': 1 } });
  });

  it('serves assets of a few KB from the edge', async () => {
    const responses = [
      await sendRequest('GET', `${file.edge.url}/assets/4321.js`),
      await sendRequest('GET', `${file.edge.url}/assets/4321.js`),
    ];
    expect(responses.map(({ headers }) => headers['x-cache'])).toEqual(['miss', 'hit']);
    expect(responses[1]!.headers).toMatchObject({ 'x-data-source': 'edge', 'content-type': 'text/javascript' });
    expect(responses[1]!.text).toBe(responses[0]!.text);
    expect(responses[1]!.text.length).toBeGreaterThan(1_500);
    expect(responses.map(({ headers }) => headers['age'])).toEqual([undefined, '0']);
    expect((await sendRequest('PURGE', `${file.edge.url}/assets/4321.js`)).status).toBe(200);
    expect((await sendRequest('GET', `${file.edge.url}/assets/4321.js`)).headers['x-cache']).toBe('miss');
    expect((await sendRequest('GET', `${file.edge.url}/assets/passwd`)).status).toBe(404);
  });

  it('routes clients to their nearest region', async () => {
    const tokyo = await sendRequest('GET', `${file.routing.url}/resolve?city=tokyo&lat=35.69&lon=139.75`);
    expect(tokyo.json).toEqual({ region: 'ap-southeast-1', ttlSeconds: 5 });
    expect((await sendRequest('GET', `${file.routing.url}/resolve?city=tokyo`)).status).toBe(400);
    expect(file.routing).toMatchObject({ speed: 'fast', intervalMs: 1_000, threshold: 3 });
  });

  const setProxy = (proxy: string, enabled: boolean) =>
    sendRequest('POST', `${file.toxiproxy.url}/proxies/${proxy}`, { body: { enabled } });

  it('keeps serving reads when Redis refuses or hangs, and uses its cache again afterwards', async () => {
    const { url } = region('eu-west-1');
    const source = async () => {
      const { status, headers, tookMs } = await sendRequest('GET', `${url}/products/55`);
      expect(status).toBe(200);
      return { source: headers['x-data-source'], tookMs };
    };
    try {
      await setProxy('redis-eu-west-1', false);
      await eventually(async () => expect((await source()).source).toBe('replica'));
      const login = await sendRequest('POST', `${url}/sessions`, { body: { user: 'ann' } });
      expect([login.status, login.headers['x-data-source']]).toEqual([201, 'none']);
      const authorization = `Bearer ${String(login.json.token)}`;
      expect((await sendRequest('GET', `${url}/sessions/current`, { headers: { authorization } })).json).toEqual({
        user: 'ann',
      });
    } finally {
      await setProxy('redis-eu-west-1', true);
    }
    await eventually(async () => expect((await source()).source).toBe('cache'));

    const hole = { name: 'hole', type: 'timeout', stream: 'downstream', toxicity: 1, attributes: { timeout: 0 } };
    await sendRequest('POST', `${file.toxiproxy.url}/proxies/redis-eu-west-1/toxics`, { body: hole });
    try {
      const silent = await source();
      expect(silent.source).toBe('replica');
      expect(silent.tookMs).toBeLessThan(120);
    } finally {
      await sendRequest('DELETE', `${file.toxiproxy.url}/proxies/redis-eu-west-1/toxics/hole`);
    }
    await eventually(async () => expect((await source()).source).toBe('cache'));
  });

  it('rejects writes but serves reads when the link to the primary is cut, and accepts writes again afterwards', async () => {
    const { url } = region('ap-southeast-1');
    const write = async () => (await sendRequest('PUT', `${url}/products/56`, { body: product })).status;
    try {
      await setProxy('primary-ap-southeast-1', false);
      await eventually(async () => expect(await write()).toBe(503));
      expect((await sendRequest('GET', `${url}/products?tenant=acme&page=1`)).status).toBe(200);
    } finally {
      await setProxy('primary-ap-southeast-1', true);
    }
    await eventually(async () => expect(await write()).toBe(200));
  });

  it('keeps an idle connection open for longer than any think time', async () => {
    const { url } = region('us-east-1');
    const { headers } = await sendRequest('GET', `${url}/products/1`);
    expect(Number(/^timeout=(\d+)$/.exec(headers['keep-alive']!)![1])).toBeGreaterThan(600);
  });
}
