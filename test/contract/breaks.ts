/** The contract of the world active-active on every ground: its faults, its behaviour under them, and its recovery. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { WorldFile } from '../../src/formats/world-file.ts';
import { ShopDatabase } from '../../targets/world/active-active/stores.ts';
import { database, underTest, type WorldUnderTest } from '../world-under-test.ts';
import { sendRequest, median } from '../http.ts';
import { eventually, type GivenWorld } from './given-world.ts';

/** Declares the tests, for a healthy world that `start` starts. They leave it changed. */
export function breaks(start: () => Promise<GivenWorld>): void {
  let world: GivenWorld;
  let file: WorldFile;
  let broken: WorldUnderTest;
  beforeAll(async () => {
    world = await start();
    file = world.file;
    broken = underTest(file);
  });
  afterAll(() => world?.stop());

  const FAULT = { fault: 'antipode.test.1.9999999999' };
  const urlOf = (id: string) => file.regions.find((region) => region.id === id)!.url;
  const product = { tenant: 'acme', name: 'pen', price: 9 };

  it('lists its processes, and rejects invalid actions', async () => {
    const { control, process } = broken;
    const { json } = await control('GET', '/processes');
    const processes = json.processes as { name: string; state: string; fault: string | null }[];
    expect(processes.map(({ name }) => name)).toEqual(
      ['api', 'database', 'store'].flatMap((kind) => file.regions.map(({ id }) => `${kind}-${id}`)),
    );
    expect(new Set(processes.map(({ state, fault }) => `${state} ${fault}`))).toEqual(new Set(['running null']));
    const refused: [path: string, body: object | undefined, status: number, words: RegExp][] = [
      ['/processes/api-mars/stop', FAULT, 404, /expected api-us-east-1, /],
      ['/processes/api-us-east-1/burn', FAULT, 404, /stop, freeze, empty, fill, pause or restore/],
      ['/processes/api-us-east-1/stop', undefined, 400, /"fault"/],
      ['/processes/api-us-east-1/stop', { fault: 'f', force: true }, 400, /unknown keys: force/],
      ['/processes/api-us-east-1/empty', FAULT, 409, /only a store/],
      ['/processes/store-us-east-1/pause', FAULT, 409, /only a replica/],
      ['/processes/database-us-east-1/pause', FAULT, 409, /only a replica/],
    ];
    for (const [path, body, status, words] of refused) {
      const response = await control('POST', path, body);
      expect([path, response.status, response.json.error]).toEqual([path, status, expect.stringMatching(words)]);
    }
    expect((await control('GET', '/processes')).json).toEqual(json);
    expect((await control('POST', '/processes/api-us-east-1/restore')).status).toBe(200);
    expect(await process('api-us-east-1')).toMatchObject({ state: 'running', fault: null });
  });

  it('routes around a region whose API is stopped, and back when it is restarted on its port', async () => {
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
    // Three failures, the first within a second: at least two intervals, plus timeouts on a busy machine.
    expect(removed!.atEpochMs - stopped!.atEpochMs).toBeGreaterThan(1_500);
    expect(removed!.atEpochMs - stopped!.atEpochMs).toBeLessThan(10_000);

    const [moved] = await truth('name-moved', 'us-east-1');
    expect(moved!.detail).toBe('tokyo');
    expect(moved!.atEpochMs).toBeGreaterThanOrEqual(removed!.atEpochMs);

    const notTheirs = await control('POST', '/processes/api-ap-southeast-1/restore', { fault: 'somebody else' });
    expect(notTheirs.status).toBe(409);
    await act('api-ap-southeast-1', 'restore');
    await act('api-ap-southeast-1', 'restore');
    expect((await sendRequest('GET', `${urlOf('ap-southeast-1')}/products/1`)).headers['x-served-region']).toBe(
      'ap-southeast-1',
    );
    await eventually(async () => expect(await tokyo()).toBe('ap-southeast-1'), 20_000);
    expect((await truth('routing-switched', 'ap-southeast-1')).map(({ detail }) => detail)).toEqual([
      'removed',
      'returned',
    ]);
    expect(await truth('api-resumed', 'ap-southeast-1')).toHaveLength(1);
  });

  it('removes a healthy region from routing manually, adds it back, and rejects an unknown region', async () => {
    const { control, tokyo, truth } = broken;
    const before = await truth('routing-switched', 'ap-southeast-1');
    expect(await tokyo()).toBe('ap-southeast-1');
    const out = await control('POST', '/evacuate/ap-southeast-1');
    expect([out.status, out.json]).toEqual([
      200,
      { region: 'ap-southeast-1', evacuated: true, answering: ['us-east-1', 'eu-west-1'] },
    ]);
    expect(await tokyo()).toBe('us-east-1');
    // Idempotent: a repeated request gets the same response.
    expect((await control('POST', '/evacuate/ap-southeast-1')).json).toEqual(out.json);
    const back = await control('POST', '/evacuate/ap-southeast-1/end');
    expect([back.status, back.json.evacuated]).toEqual([200, false]);
    expect(await tokyo()).toBe('ap-southeast-1');
    expect(await truth('evacuated', 'ap-southeast-1')).not.toHaveLength(0);
    expect(await truth('evacuation-ended', 'ap-southeast-1')).toHaveLength(1);
    const switched = (await truth('routing-switched', 'ap-southeast-1')).slice(before.length);
    expect(switched.map(({ detail }) => detail)).toEqual(['removed', 'returned']);
    const refused: [method: 'GET' | 'POST', path: string, status: number, words: RegExp][] = [
      ['POST', '/evacuate/mars-1', 404, /unknown region mars-1; expected us-east-1, /],
      ['POST', '/evacuate/ap-southeast-1/begin', 404, /POST \/evacuate\/\{region\}/],
      ['POST', '/evacuate', 404, /POST \/evacuate\/\{region\}/],
      ['GET', '/evacuate/ap-southeast-1', 405, /POST/],
    ];
    for (const [method, path, status, words] of refused) {
      const response = await control(method, path);
      expect([path, response.status, response.json.error]).toEqual([path, status, expect.stringMatching(words)]);
    }
    expect(await tokyo()).toBe('ap-southeast-1');
  });

  it('removes a region whose ingress is a black hole', async () => {
    const { tokyo } = broken;
    const toxics = `${file.toxiproxy.url}/proxies/ingress-ap-southeast-1/toxics`;
    const hole = { type: 'timeout', toxicity: 1, attributes: { timeout: 0 } };
    await sendRequest('POST', toxics, { body: { ...hole, name: 'up', stream: 'upstream' } });
    try {
      await eventually(async () => expect(await tokyo()).toBe('us-east-1'), 20_000);
    } finally {
      await sendRequest('DELETE', `${toxics}/up`);
    }
    await eventually(async () => expect(await tokyo()).toBe('ap-southeast-1'), 20_000);
  });

  it.each(['stop', 'freeze', 'empty'])(
    'survives the loss of a Redis (%s), and uses it again afterwards',
    async (action) => {
      const url = urlOf('eu-west-1');
      const source = async () => (await sendRequest('GET', `${url}/products/77`)).headers['x-data-source'];
      const { json } = await sendRequest('POST', `${url}/sessions`, { body: { user: 'ann' } });
      const headers = { authorization: `Bearer ${String(json.token)}` };
      await eventually(async () => expect(await source()).toBe('cache'));
      await broken.act('store-eu-west-1', action, FAULT);
      try {
        const took: number[] = [];
        for (let i = 0; i < 40; i++) {
          const read = await sendRequest('GET', `${url}/products/${3_000 + i}`);
          const session = await sendRequest('GET', `${url}/sessions/current`, { headers });
          expect([read.status, session.json]).toEqual([200, { user: 'ann' }]);
          took.push(read.tookMs);
        }
        // Only the first few requests wait for a Redis that hangs.
        expect(median(took)).toBeLessThan(40);
        expect((await sendRequest('POST', `${url}/sessions`, { body: { user: 'bob' } })).status).toBe(201);
        expect((await sendRequest('PUT', `${url}/products/77`, { body: product })).status).toBe(200);
      } finally {
        await broken.act('store-eu-west-1', 'restore');
      }
      await eventually(async () => expect(await source()).toBe('cache'));
    },
  );

  it('reports a region as unhealthy while its database is frozen', async () => {
    const { directUrl } = file.regions[1]!;
    await broken.act('database-eu-west-1', 'freeze', FAULT);
    try {
      const { status, tookMs } = await sendRequest('GET', `${directUrl}/health`);
      expect(status).toBe(503);
      expect(tookMs).toBeLessThan(5_000);
    } finally {
      await broken.act('database-eu-west-1', 'restore');
    }
    await eventually(async () => expect((await sendRequest('GET', `${directUrl}/health`)).status).toBe(200));
  });

  it('survives the stop of a replica, which catches up after its restart', async () => {
    const url = urlOf('eu-west-1');
    const read = () => sendRequest('GET', `${url}/products/100020`, { headers: { 'cache-control': 'no-cache' } });
    await broken.act('database-eu-west-1', 'stop', FAULT);
    let version: string | undefined;
    try {
      await eventually(async () => expect((await read()).status).toBe(503));
      version = (await sendRequest('PUT', `${urlOf('us-east-1')}/products/100020`, { body: product })).headers[
        'x-record-version'
      ];
    } finally {
      await broken.act('database-eu-west-1', 'restore');
    }
    await eventually(async () => expect((await read()).headers['x-record-version']).toBe(version));
  });

  it('raises the lag alert when a replica stops replaying, and clears it afterwards', async () => {
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
      const { json } = await sendRequest('GET', `${file.regions[2]!.directUrl}/lag`);
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
    const cart = async (id: string, key: string) => (await sendRequest('GET', `${urlOf(id)}/carts/${key}`)).json;
    const put = async (id: string, key: string, items: object, clock: object = {}) => {
      const { status, json } = await sendRequest('PUT', `${urlOf(id)}/carts/${key}`, {
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
    expect((await sendRequest('GET', `${urlOf('us-east-1')}/carts/nobody`)).status).toBe(404);
    const headers = { 'x-vector-clock': '{"us-east-1":"many"}' };
    const body = { tenant: 'acme', items: {} };
    expect((await sendRequest('PUT', `${urlOf('us-east-1')}/carts/ann`, { body, headers })).status).toBe(400);
    const first = await put('us-east-1', 'ann', { pen: 1 });
    await everywhere('ann', { pen: 1 });
    await put('eu-west-1', 'ann', { pen: 2 }, first);
    await everywhere('ann', { pen: 2 });

    const between = ['sync-us-east-1-ap-southeast-1', 'sync-ap-southeast-1-us-east-1'];
    const links = [...between, 'sync-us-east-1-eu-west-1', 'sync-eu-west-1-us-east-1'];
    const setLinks = async (enabled: boolean) => {
      for (const link of links)
        await sendRequest('POST', `${file.toxiproxy.url}/proxies/${link}`, { body: { enabled } });
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

  // The last test: the promotion changes the world.
  it('promotes eu-west-1 when the primary is lost, and keeps the old one read-only when it returns', async () => {
    const { act, truth } = broken;
    const write = (id: string) => sendRequest('PUT', `${urlOf(id)}/products/100021`, { body: product });
    const read = (id: string) =>
      sendRequest('GET', `${urlOf(id)}/products/100021`, { headers: { 'cache-control': 'no-cache' } });
    const version = (response: { headers: Record<string, string> }) => Number(response.headers['x-record-version']);
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

    // The region of the old primary uses the new primary too.
    const written = await write('us-east-1');
    expect([written.status, written.headers['x-epoch']]).toEqual([200, '2']);
    expect(version(written)).toBeGreaterThan(before + 1);
    const seen = await read('us-east-1');
    expect([version(seen), seen.headers['x-data-source']]).toEqual([version(written), 'primary']);
    await eventually(async () => expect(version(await read('ap-southeast-1'))).toBe(version(written)));
    expect((await read('ap-southeast-1')).headers['x-data-source']).toBe('replica');

    await act('database-us-east-1', 'restore');
    await using old = await database(file.regions[0]!.postgresUrl!);
    await expect(old.query('UPDATE products SET price = 1 WHERE id = 100021')).rejects.toThrow(/read-only/);
    expect((await old.query('SELECT version FROM products WHERE id = 100021')).rows).toEqual([{ version: before }]);
    await using current = await database(file.regions[1]!.postgresUrl!);
    expect((await current.query('SELECT value FROM epoch')).rows).toEqual([{ value: 2 }]);
    // The database itself refuses writes in the old epoch.
    const deaf = new ShopDatabase({ host: '127.0.0.1', port: Number(new URL(file.regions[1]!.postgresUrl!).port) }, 1);
    await expect(deaf.write('upsert', 1, [100_021, 'acme', 'pen', 9])).rejects.toThrow(/epoch 1 is over/);
    deaf.close();
    const { replicas } = (await broken.control('GET', '/lag')).json as { replicas: { region: string }[] };
    expect(replicas.map(({ region }) => region)).toEqual(['ap-southeast-1']);
    const after = await write('us-east-1');
    expect([after.status, version(after)]).toEqual([200, version(written) + 1]);
  });
}
