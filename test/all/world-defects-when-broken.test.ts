import { describe, expect, it } from 'vitest';
import type { RunningWorld } from '../../src/run/world.ts';
import { underTest } from '../world-under-test.ts';
import { sendRequest } from '../http.ts';
import { FAULT, REGIONS, eventually, product, read, setProxy, urlOf, version, worldWith, write } from '../world-rig.ts';

describe('a planted defect that shows under a fault', () => {
  /**
   * Time from the stop of the API in ap-southeast-1 until Tokyo is routed elsewhere, ms; null if that takes over 15 s.
   */
  async function switchedAfterMs(world: RunningWorld): Promise<number | null> {
    const { act, tokyo } = underTest(world.file);
    await act('api-ap-southeast-1', 'stop', FAULT);
    const beganMs = performance.now();
    while (performance.now() - beganMs < 15_000) {
      if ((await tokyo()) !== 'ap-southeast-1') return performance.now() - beganMs;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return null;
  }

  it('no-failover: a region that is down stays in routing', async () => {
    await using world = await worldWith('no-failover');
    expect(await switchedAfterMs(world)).toBe(null);
    expect(await underTest(world.file).truth('health-down', 'ap-southeast-1')).toHaveLength(1);
  });

  it('slow-health-check: removal takes three checks 10 s apart', async () => {
    await using world = await worldWith('slow-health-check');
    expect(world.file.routing.intervalMs).toBe(1_000);
    expect(await switchedAfterMs(world)).toBe(null);
    await eventually(async () => expect(await underTest(world.file).tokyo()).toBe('us-east-1'), 40_000);
  });

  it('ttl-ignored: answers have a TTL of a minute', async () => {
    await using world = await worldWith('ttl-ignored');
    expect(world.file.routing.ttlSeconds).toBe(5);
    expect(await underTest(world.file).tokyoTtl()).toBe(60);
  });

  it('no-fail-back: a region that was removed is never added back', async () => {
    await using world = await worldWith('no-fail-back');
    expect(await switchedAfterMs(world)).toBeLessThan(10_000);
    const { act, tokyo, truth } = underTest(world.file);
    await act('api-ap-southeast-1', 'restore');
    await eventually(async () => expect(await truth('health-up', 'ap-southeast-1')).toHaveLength(1));
    expect(await tokyo()).toBe('us-east-1');
  });

  it('redis-required: reads and logins fail without Redis', async () => {
    await using world = await worldWith('redis-required');
    const url = urlOf(world, 'eu-west-1');
    expect((await sendRequest('GET', `${url}/products/1`)).status).toBe(200);
    await underTest(world.file).act('store-eu-west-1', 'stop', FAULT);
    expect((await sendRequest('GET', `${url}/products/1`)).status).toBe(503);
    expect((await sendRequest('POST', `${url}/sessions`, { body: { user: 'ann' } })).status).toBe(503);
  });

  it('cache-after-delete: a deleted product is still served from the cache, an updated one is not', async () => {
    await using world = await worldWith('cache-after-delete');
    const url = `${urlOf(world, 'eu-west-1')}/products/300000`;
    const cached = async (expected: number) =>
      eventually(async () => {
        const { headers } = await sendRequest('GET', url);
        expect([headers['x-data-source'], headers['x-record-version']]).toEqual(['cache', String(expected)]);
      });
    await sendRequest('PUT', url, { body: product });
    await cached(1);
    await sendRequest('PUT', url, { body: product });
    await cached(2);
    expect((await sendRequest('DELETE', url)).status).toBe(200);
    const deletedMs = performance.now();
    while (performance.now() - deletedMs < 3_000) expect((await sendRequest('GET', url)).status).toBe(200);
    expect((await sendRequest('GET', url, { headers: { 'cache-control': 'no-cache' } })).status).toBe(404);
  });

  it('stampede: reads are slow only after Redis has been emptied', async () => {
    await using world = await worldWith('stampede');
    const { act } = underTest(world.file);
    let key = 0;
    const tookMs = async () => (await sendRequest('GET', `${urlOf(world, 'eu-west-1')}/products/${key++}`)).tookMs;
    for (let i = 0; i < 20; i++) expect(await tookMs()).toBeLessThan(399);
    await act('store-eu-west-1', 'empty', FAULT);
    for (let i = 0; i < 5; i++) await eventually(async () => expect(await tookMs()).toBeGreaterThan(399));
    await eventually(async () => expect(await tookMs()).toBeLessThan(200));
  });

  it('silent-lag-alert and lying-lag-dashboard: a stalled replica goes unreported', async () => {
    for (const [defect, lagMs, alert] of [
      ['silent-lag-alert', expect.any(Number), false],
      ['lying-lag-dashboard', 0, true],
    ] as const) {
      await using world = await worldWith(defect);
      const { act, control } = underTest(world.file);
      await act('database-ap-southeast-1', 'pause', FAULT);
      await eventually(async () => {
        const { json } = await sendRequest('GET', `${world.file.regions[2]!.directUrl}/lag`);
        expect(json.ageMs).toBeGreaterThan(3_000);
      });
      await eventually(async () => {
        const replicas = (await control('GET', '/lag')).json.replicas as { region: string }[];
        expect(replicas[1]).toMatchObject({ region: 'ap-southeast-1', lagMs, alert });
      });
    }
  });

  it('lost-writes: one write in two hundred is acknowledged but not stored', async () => {
    await using world = await worldWith('lost-writes');
    const acked: number[] = [];
    for (let i = 0; i < 1_000; i++) acked.push(version(await write(world, 'us-east-1', 100_063)));
    const there = version(await read(world, 'us-east-1', 100_063)) - 1;
    expect(1_000 - there).toBeGreaterThanOrEqual(3);
    expect(1_000 - there).toBeLessThanOrEqual(7);
    expect(new Set(acked).size).toBe(there);
  });

  it('wrong-cart-winner: a version that arrives late overwrites its successor', async () => {
    await using world = await worldWith('wrong-cart-winner');
    const cart = async (id: string) => (await sendRequest('GET', `${urlOf(world, id)}/carts/ann`)).json;
    const put = async (id: string, items: object, clock: object) =>
      sendRequest('PUT', `${urlOf(world, id)}/carts/ann`, {
        body: { tenant: 'a', items },
        headers: { 'x-vector-clock': JSON.stringify(clock) },
      });
    await setProxy(world, 'sync-us-east-1-ap-southeast-1', false);
    const { json } = await put('us-east-1', { pen: 1 }, {});
    await eventually(async () => expect((await cart('eu-west-1')).items).toEqual({ pen: 1 }));
    await put('eu-west-1', { pen: 2 }, json.clock as object);
    await eventually(async () => expect((await cart('ap-southeast-1')).items).toEqual({ pen: 2 }));
    await setProxy(world, 'sync-us-east-1-ap-southeast-1', true);
    await eventually(async () => expect((await cart('ap-southeast-1')).items).toEqual({ pen: 1 }));
  });

  it('split-brain: two primaries acknowledge writes to one record', async () => {
    await using world = await worldWith('split-brain');
    for (const id of REGIONS) await setProxy(world, `primary-${id}`, false);
    await eventually(async () => expect((await write(world, 'eu-west-1')).headers['x-epoch']).toBe('2'));
    for (const id of REGIONS) await setProxy(world, `primary-${id}`, true);
    await eventually(async () => expect((await write(world, 'us-east-1')).status).toBe(200));
    const old = await write(world, 'us-east-1');
    expect([old.status, old.headers['x-epoch']]).toEqual([200, '1']);
    expect((await write(world, 'eu-west-1')).headers['x-epoch']).toBe('2');
  });
});
