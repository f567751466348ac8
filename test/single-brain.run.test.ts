import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningWorld, startWorld } from '../src/run/world.ts';
import { resolveTools } from '../src/tools/index.ts';
import { type HttpResponse, sendRequest } from './http.ts';
import { eventually, FAULT, urlOf } from './world-rig.ts';
import { underTest, type WorldUnderTest } from './world-under-test.ts';

// The world single-brain on this machine: where its data comes from, also under faults. Loads and experiments on it are
// in test/all/single-brain.test.ts.

let world: RunningWorld;
let broken: WorldUnderTest;
beforeAll(async () => {
  const tools = await resolveTools(['postgres', 'toxiproxy-server', 'redis-server']);
  world = await startWorld({ world: 'single-brain', defect: null, tools });
  broken = underTest(world.file);
});
afterAll(() => world?.stop());

const [US, EU, AP] = ['us-east-1', 'eu-west-1', 'ap-southeast-1'] as const;
const send = (method: string, id: string, path: string, more: Parameters<typeof sendRequest>[2] = {}) =>
  sendRequest(method, `${urlOf(world, id)}${path}`, more);
const sourceOf = ({ headers }: HttpResponse): unknown => headers['x-data-source'];
const read = async (id: string): Promise<unknown> => sourceOf(await send('GET', id, '/products/17'));
const sources = async (): Promise<unknown[]> => [await read(US), await read(EU), await read(AP)];
const write = (id: string): Promise<HttpResponse> =>
  send('PUT', id, '/products/900', { body: { tenant: 'acme', name: 'pen', price: 9 } });

describe('the world single-brain', () => {
  it('reads from the nearest database, and writes to the primary', async () => {
    expect(await sources()).toEqual(['primary', 'primary', 'replica']);
    for (const id of [US, EU, AP]) expect(sourceOf(await write(id))).toBe('primary');
  });

  it('lets the author of a write read from the primary for a while', async () => {
    const cookie = String((await write(AP)).headers['set-cookie']).split(';')[0]!;
    expect(cookie).toMatch(/^pin=\d+$/);
    expect(sourceOf(await send('GET', AP, '/products/900', { headers: { cookie } }))).toBe('primary');
    expect(sourceOf(await send('GET', AP, '/products/900', { headers: { cookie: 'pin=1' } }))).toBe('replica');
  });

  it('reads from the primary on request', async () => {
    const headers = { 'x-read-from': 'primary' };
    const { headers: answered, tookMs } = await send('GET', AP, '/products/17', { headers });
    expect(answered['x-data-source']).toBe('primary');
    expect(tookMs).toBeGreaterThan(200);
  });

  it('ends a session at once in every region, and never checks one anywhere but at the primary', async () => {
    const { json } = await send('POST', EU, '/sessions', { body: { user: 'ann' } });
    const headers = { authorization: `Bearer ${String(json.token)}` };
    const checks = () => Promise.all([US, EU, AP].map((id) => send('GET', id, '/sessions/current', { headers })));
    for (const check of await checks()) expect([check.status, sourceOf(check)]).toEqual([200, 'primary']);
    expect((await send('DELETE', AP, '/sessions/current', { headers })).status).toBe(204);
    for (const check of await checks()) expect(check.status).toBe(401);
  });

  it('serves copies at an edge by tenant, locale and login, with their age, and not for longer than their TTL', async () => {
    const get = (tenant: string, headers: Record<string, string> = {}) =>
      send('GET', EU, `/tenants/${tenant}/config`, { headers });
    expect(sourceOf(await get('tenant-7'))).toBe('primary');
    const copy = await get('tenant-7');
    expect([sourceOf(copy), copy.headers['age']]).toEqual(['cache', expect.stringMatching(/^[012]$/)]);
    expect((await get('tenant-8')).json.tenant).toBe('tenant-8');
    expect(sourceOf(await get('tenant-7', { 'accept-language': 'fr' }))).toBe('primary');
    expect(sourceOf(await get('tenant-7', { authorization: 'Bearer x' }))).toBe('primary');
    await send('PUT', US, '/tenants/tenant-7/config', { body: { theme: 'dark' } });
    await eventually(async () => expect((await get('tenant-7')).json.theme).toBe('dark'), 5_000);
  });

  it('keeps its inventory: every route that it lists names a source that the inventory allows', async () => {
    const { json } = await send('GET', US, '/inventory');
    const routes = json.routes as { method: string; path: string; sources: string[]; ttlSeconds: number | null }[];
    const gets = routes.filter(({ method, path }) => method === 'GET' && !path.startsWith('/sessions'));
    expect(gets.length).toBeGreaterThan(3);
    for (const id of [US, EU, AP])
      for (const { path, sources: allowed, ttlSeconds } of gets) {
        const url = path.replace('{key}', '21').replace('{tenant}', 'tenant-21').replace('{account}', 'user-21');
        for (let i = 0; i < 2; i++) {
          const response = await send('GET', id, url);
          expect(allowed, `${path} in ${id}`).toContain(sourceOf(response));
          expect(response.headers['cache-control']).toBe(ttlSeconds === null ? undefined : `max-age=${ttlSeconds}`);
        }
      }
  });
});

describe('the world single-brain, under faults', () => {
  const during = async (process: string, action: string, check: () => Promise<void>): Promise<void> => {
    await broken.act(process, action, FAULT);
    try {
      await check();
    } finally {
      await broken.act(process, 'restore');
    }
    await eventually(async () => expect(await sources()).toEqual(['primary', 'primary', 'replica']));
  };

  it.each(['stop', 'freeze'])('reads from the primary while its replica is lost (%s)', (action) =>
    during('database-ap-southeast-1', action, async () => {
      for (let i = 0; i < 3; i++) expect(await sources()).toEqual(['primary', 'primary', 'primary']);
      expect((await write(AP)).status).toBe(200);
    }),
  );

  it('takes a replica that is too far behind out of the reads', () =>
    during('database-ap-southeast-1', 'pause', async () => {
      await eventually(async () => expect(await read(AP)).toBe('primary'), 5_000);
    }));

  it.each(['stop', 'freeze'])(
    'without its primary (%s) reads go on, and writes and logins fail at once, with 503',
    (action) =>
      during('database-us-east-1', action, async () => {
        await eventually(async () => expect(await sources()).toEqual(['replica', 'replica', 'replica']));
        const login = { body: { user: 'ann' } };
        for (const id of [US, EU, AP]) {
          await eventually(async () => {
            const answers = [await write(id), await send('POST', id, '/sessions', login)];
            expect(answers.map(({ status }) => status)).toEqual([503, 503]);
            expect(answers.every(({ tookMs, headers }) => tookMs < 200 && headers['retry-after'] === '1')).toBe(true);
          });
        }
      }),
  );

  it.each([
    ['lost', 'stop'],
    ['full', 'fill'],
  ])('reads past the Redis of an edge that is %s', (_, action) =>
    during('store-eu-west-1', action, async () => {
      for (let i = 0; i < 5; i++) {
        const response = await send('GET', EU, '/tenants/tenant-9/config');
        expect([response.status, sourceOf(response)]).toEqual([200, 'primary']);
      }
    }),
  );

  it('keeps copies again in a Redis that was full', async () => {
    await during('store-eu-west-1', 'fill', () => Promise.resolve());
    await eventually(async () => expect(sourceOf(await send('GET', EU, '/tenants/tenant-11/config'))).toBe('cache'));
  });
});
