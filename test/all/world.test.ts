import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { type RunningWorld, startWorld } from '../../src/run/world.ts';
import { resolveTools } from '../../src/tools/index.ts';
import { database, underTest } from '../../targets/world/under-test.ts';
import { ask, type Answer } from '../ask.ts';
import { processTree, stillRunning } from '../process-tree.ts';

const REGIONS = ['us-east-1', 'eu-west-1', 'ap-southeast-1'];

async function worldWith(defect: string | null): Promise<RunningWorld> {
  const tools = await resolveTools(['postgres', 'toxiproxy-server', 'redis-server']);
  return startWorld({ world: 'active-active', defect, tools });
}

const urlOf = (world: RunningWorld, id: string): string => world.file.regions.find((region) => region.id === id)!.url;

/** `count` requests of a run to one region, eight at a time, in the order they were sent. */
async function requests(
  world: RunningWorld,
  id: string,
  count: number,
  path: (i: number) => string,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  let next = 0;
  const caller = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) {
      answers[i] = await ask('GET', urlOf(world, id) + path(i), { headers: { 'x-antipode-run': 'defects' } });
    }
  };
  await Promise.all(Array.from({ length: 8 }, caller));
  return answers;
}

const reads = (i: number): string => (i % 2 === 0 ? `/products/${i % 5_000}` : `/products?tenant=a&page=${i}`);

/** Where routing sends a city, by name. */
const CITIES: Record<string, string> = {
  tokyo: 'lat=35.69&lon=139.75',
  osaka: 'lat=34.75&lon=135.46',
  sydney: 'lat=-33.92&lon=151.19',
  london: 'lat=51.5&lon=-0.12',
  'sao-paulo': 'lat=-23.56&lon=-46.63',
};

async function routes(world: RunningWorld): Promise<Record<string, unknown>> {
  const entries = Object.entries(CITIES).map(async ([city, at]) => {
    const { json } = await ask('GET', `${world.file.routing.url}/resolve?city=${city}&${at}`);
    return [city, json.region] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** Milliseconds from the acknowledgement of a write in us-east-1 until a read in that region shows it. */
async function visibleAfterMs(world: RunningWorld, id: string): Promise<number> {
  const body = { tenant: 'a', name: 'tracer', price: 1 };
  const written = await ask('PUT', `${urlOf(world, 'us-east-1')}/products/100050`, { body });
  const ackedMs = performance.now();
  const version = Number(written.headers['x-record-version']);
  for (;;) {
    const headers = { 'cache-control': 'no-cache' };
    const answer = await ask('GET', `${urlOf(world, id)}/products/100050`, { headers });
    const waitedMs = performance.now() - ackedMs;
    if (Number(answer.headers['x-record-version']) >= version) return waitedMs;
    if (waitedMs > 10_000) throw new Error(`${id} does not show version ${version} after 10 s`);
  }
}

describe('a planted defect', () => {
  it('slow-region slows 3 % of reads in eu-west-1 and no others', async () => {
    await using world = await worldWith('slow-region');
    expect(world.file.defect).toBe('slow-region');
    for (const id of REGIONS) {
      const slow = (await requests(world, id, 1_000, reads)).filter(({ headers }) => {
        const serverMs = Number(headers['server-timing']!.split('=')[1]);
        return serverMs >= 149;
      });
      // 30 by construction; a busy machine adds some by itself, eight at once where all callers wait.
      if (id === 'eu-west-1') expect(slow.length).toBeGreaterThanOrEqual(28);
      else expect(slow.length).toBeLessThan(20);
    }
  });

  it('error-rate answers 0.5 % of requests in eu-west-1 with 500, spread evenly', async () => {
    await using world = await worldWith('error-rate');
    for (const id of REGIONS) {
      const answers = await requests(world, id, 2_000, (i) => `/products/${i}`);
      const failed = answers.flatMap(({ status }, i) => (status === 500 ? [i] : []));
      expect(answers.every(({ status }) => status === 200 || status === 500)).toBe(true);
      if (id !== 'eu-west-1') expect(failed).toEqual([]);
      else {
        expect(Math.abs(failed.length - 10)).toBeLessThanOrEqual(2);
        expect(Math.min(...failed.slice(1).map((at, i) => at - failed[i]!))).toBeGreaterThan(90);
      }
    }
  });

  it('stalled-region freezes ap-southeast-1 for 2 s in every 20, and the world still goes down at once', async () => {
    await using world = await worldWith('stalled-region');
    const upMs = performance.now();
    const stalls: { atMs: number; forMs: number }[] = [];
    const watch = async (untilStalls: number): Promise<void> => {
      while (stalls.length < untilStalls) {
        const atMs = performance.now() - upMs;
        expect(atMs).toBeLessThan(40_000);
        const { status, tookMs } = await ask('GET', `${urlOf(world, 'ap-southeast-1')}/products/1`);
        expect(status).toBe(200);
        if (tookMs > 1_000) stalls.push({ atMs, forMs: tookMs });
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    await watch(2);
    expect(stalls[0]!.atMs).toBeLessThan(5_000);
    expect(stalls[1]!.atMs - stalls[0]!.atMs).toBeGreaterThan(18_500);
    expect(stalls[1]!.atMs - stalls[0]!.atMs).toBeLessThan(21_500);
    for (const { forMs } of stalls) expect(Math.abs(forMs - 2_000)).toBeLessThan(300);
    expect((await ask('GET', `${urlOf(world, 'eu-west-1')}/products/1`)).tookMs).toBeLessThan(1_000);

    const tree = processTree(world.file.pid);
    await world.stop();
    expect(stillRunning(tree)).toEqual([]);
  });

  it('stalled-region leaves nothing when it is stopped while frozen', async () => {
    await using world = await worldWith('stalled-region');
    const frozen = ask('GET', `${urlOf(world, 'ap-southeast-1')}/health`).catch(() => null);
    const tree = processTree(world.file.pid);
    // The first freeze comes three seconds after the start: ask until an answer is overdue.
    for (let overdue = false; !overdue;) {
      const asked = ask('GET', `${urlOf(world, 'ap-southeast-1')}/products/1`).then(
        () => false,
        () => true,
      );
      overdue = await Promise.race([asked, new Promise<true>((resolve) => setTimeout(() => resolve(true), 500))]);
    }
    const beganMs = performance.now();
    await world.stop();
    expect(performance.now() - beganMs).toBeLessThan(2_000);
    expect(stillRunning(tree)).toEqual([]);
    expect(existsSync(dirname(world.worldFilePath))).toBe(false);
    await frozen;
  });

  it('silent-region sends all of Asia-Pacific to eu-west-1', async () => {
    await using world = await worldWith('silent-region');
    expect(await routes(world)).toEqual({
      tokyo: 'eu-west-1',
      osaka: 'eu-west-1',
      sydney: 'eu-west-1',
      london: 'eu-west-1',
      'sao-paulo': 'us-east-1',
    });
  });

  it('wrong-region sends Tokyo alone to us-east-1', async () => {
    await using world = await worldWith('wrong-region');
    expect(await routes(world)).toEqual({
      tokyo: 'us-east-1',
      osaka: 'ap-southeast-1',
      sydney: 'ap-southeast-1',
      london: 'eu-west-1',
      'sao-paulo': 'us-east-1',
    });
  });

  it('stale-replica shows writes 2 s late in ap-southeast-1 and in time elsewhere', async () => {
    await using world = await worldWith('stale-replica');
    expect(await visibleAfterMs(world, 'eu-west-1')).toBeLessThan(500);
    const lateMs = await visibleAfterMs(world, 'ap-southeast-1');
    expect(lateMs).toBeGreaterThan(1_900);
    expect(lateMs).toBeLessThan(3_000);
    const { directUrl } = world.file.regions[2]!;
    expect((await ask('GET', `${directUrl}/lag`)).json.lagMs).toBeGreaterThan(1_900);
  });
});

const FAULT = { fault: 'test' };

const eventually = (condition: () => unknown, timeout = 30_000): Promise<unknown> =>
  vi.waitFor(condition, { timeout, interval: 50 });

const setProxy = (world: RunningWorld, proxy: string, enabled: boolean): Promise<Answer> =>
  ask('POST', `${world.file.toxiproxy.url}/proxies/${proxy}`, { body: { enabled } });

const product = { tenant: 'a', name: 'tracer', price: 1 };
const write = (world: RunningWorld, id: string, key = 100_060): Promise<Answer> =>
  ask('PUT', `${urlOf(world, id)}/products/${key}`, { body: product });
const read = (world: RunningWorld, id: string, key = 100_060): Promise<Answer> =>
  ask('GET', `${urlOf(world, id)}/products/${key}`, { headers: { 'cache-control': 'no-cache' } });
const version = ({ headers }: Answer): number => Number(headers['x-record-version']);

/** Waits until every region writes in the second epoch, and reads what was written. */
async function untilPromoted(world: RunningWorld, regions = REGIONS): Promise<void> {
  for (const id of regions) {
    await eventually(async () => {
      const { status, headers } = await write(world, id);
      expect([id, status, headers['x-epoch']]).toEqual([id, 200, '2']);
    });
  }
  const last = version(await write(world, regions[0]!));
  for (const id of regions) await eventually(async () => expect(version(await read(world, id))).toBe(last));
}

describe('a promotion', () => {
  it('fences a primary that lives on behind links that are cut, and its writes are refused afterwards', async () => {
    await using world = await worldWith(null);
    const { truth } = underTest(world.file);
    for (const id of REGIONS) await setProxy(world, `primary-${id}`, false);
    await untilPromoted(world);
    expect(await truth('fenced', 'us-east-1')).toHaveLength(1);
    for (const id of REGIONS) await setProxy(world, `primary-${id}`, true);
    await eventually(async () => {
      await using old = await database(world.file.regions[0]!.postgresUrl);
      await expect(old.query('DELETE FROM products WHERE id = 100060')).rejects.toThrow(/read-only/);
    });
    await untilPromoted(world);
    const tree = processTree(world.file.pid);
    await world.stop();
    expect(stillRunning(tree)).toEqual([]);
  });

  it('is not brought about by one region that cannot reach the primary', async () => {
    await using world = await worldWith(null);
    const { truth } = underTest(world.file);
    await setProxy(world, 'primary-ap-southeast-1', false);
    const untilMs = performance.now() + 8_000;
    while (performance.now() < untilMs) {
      expect((await write(world, 'eu-west-1')).headers['x-epoch']).toBe('1');
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(await truth('promoted', 'eu-west-1')).toEqual([]);
  });

  it('lets nothing through that a frozen primary had begun', async () => {
    await using world = await worldWith(null);
    const { act, process: processOf } = underTest(world.file);
    await act('database-us-east-1', 'freeze', FAULT);
    const begun = write(world, 'us-east-1', 100_061).catch(() => null);
    await untilPromoted(world);
    await act('database-us-east-1', 'restore');
    expect(await processOf('database-us-east-1')).toMatchObject({ state: 'running', fault: null });
    expect((await begun)?.status).toBe(503);
    await using old = await database(world.file.regions[0]!.postgresUrl);
    const { rows } = await old.query('SELECT version, pg_is_in_recovery() AS fenced FROM products WHERE id = 100061');
    expect(rows).toEqual([{ version: 1, fenced: true }]);
    await untilPromoted(world);
  });

  it('survives the loss of the whole region, which then serves from the new primary', async () => {
    await using world = await worldWith(null);
    const { act } = underTest(world.file);
    const lost = ['api', 'database', 'store'].map((kind) => `${kind}-us-east-1`);
    for (const name of lost) await act(name, 'freeze', FAULT);
    await untilPromoted(world, REGIONS.slice(1));
    for (const name of lost) await act(name, 'restore');
    await untilPromoted(world);
    expect((await read(world, 'us-east-1')).headers['x-data-source']).toBe('primary');
  });

  it('takes from the other replica what only that had of the old primary', async () => {
    await using world = await worldWith(null);
    const { truth } = underTest(world.file);
    await setProxy(world, 'replication-eu-west-1', false);
    let last = 0;
    for (let i = 0; i < 5; i++) last = version(await write(world, 'us-east-1', 100_062));
    await eventually(async () => expect(version(await read(world, 'ap-southeast-1', 100_062))).toBe(last));
    for (const id of REGIONS) await setProxy(world, `primary-${id}`, false);
    await untilPromoted(world);
    expect(await truth('caught-up', 'eu-west-1')).toHaveLength(1);
    for (const id of REGIONS) expect(version(await read(world, id, 100_062))).toBe(last);
  });

  it('leaves nothing when the main process is killed afterwards, and when it is killed in the middle', async () => {
    for (const moment of ['promoted', 'primary-down']) {
      await using world = await worldWith(null);
      const { act, truth } = underTest(world.file);
      await act('database-us-east-1', 'stop', FAULT);
      const region = moment === 'promoted' ? 'eu-west-1' : 'us-east-1';
      await eventually(async () => expect(await truth(moment, region)).toHaveLength(1));
      const tree = processTree(world.file.pid);
      process.kill(world.file.pid, 'SIGKILL');
      await world.lost;
      await eventually(() => expect(stillRunning(tree)).toEqual([]));
      await eventually(() => expect(existsSync(dirname(world.worldFilePath))).toBe(false));
    }
  });
});

it('checks as rarely as Route 53 does when it is told to be real', async () => {
  const tools = await resolveTools(['postgres', 'toxiproxy-server', 'redis-server']);
  await using world = await startWorld({ world: 'active-active', defect: null, speed: 'real', tools });
  expect(world.file.routing).toMatchObject({ speed: 'real', ttlSeconds: 60, intervalMs: 30_000, threshold: 3 });
  expect(await underTest(world.file).tokyoTtl()).toBe(60);
});

describe('the loss of Redis', () => {
  it.each(['refused', 'black hole', 'slow', 'stop', 'freeze', 'empty'])(
    '(%s) costs the people nothing',
    async (face) => {
      await using world = await worldWith(null);
      const { act } = underTest(world.file);
      const toxics = `${world.file.toxiproxy.url}/proxies/redis-eu-west-1/toxics`;
      const timeout = { name: 'hole', type: 'timeout', stream: 'downstream', toxicity: 1, attributes: { timeout: 0 } };
      const latency = { ...timeout, name: 'slow', type: 'latency', attributes: { latency: 1_000, jitter: 0 } };
      if (face === 'refused') await setProxy(world, 'redis-eu-west-1', false);
      else if (face === 'black hole') await ask('POST', toxics, { body: timeout });
      else if (face === 'slow') await ask('POST', toxics, { body: latency });
      else await act('store-eu-west-1', face, FAULT);

      // Sixty requests a second for ten seconds, whatever the answers take.
      const url = urlOf(world, 'eu-west-1');
      const asked: Promise<Answer>[] = [];
      const beganMs = performance.now();
      for (let i = 0; i < 600; i++) {
        const waitMs = beganMs + i * (1_000 / 60) - performance.now();
        if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
        if (i % 10 === 9) asked.push(ask('POST', `${url}/sessions`, { body: { user: `user-${i}` } }));
        else asked.push(ask('GET', url + (i % 2 ? `/products/${(i * 7) % 500}` : `/products?tenant=a&page=${i}`)));
      }
      const answers = await Promise.all(asked);
      expect(answers.filter(({ status }) => status >= 400)).toEqual([]);
      const tookMs = answers.map(({ tookMs }) => tookMs).toSorted((a, b) => a - b);
      // p99, on a machine that may be busy with other things.
      expect(tookMs[Math.floor(tookMs.length * 0.99)]).toBeLessThan(250);
      expect(tookMs[Math.floor(tookMs.length * 0.95)]).toBeLessThan(120);
    },
  );
});

describe('a planted defect that shows when something is broken', () => {
  /** Milliseconds from the end of the API in ap-southeast-1 until Tokyo is sent elsewhere; null if it is not within 15 s. */
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

  it('no-failover: a region that is down stays in the answers', async () => {
    await using world = await worldWith('no-failover');
    expect(await switchedAfterMs(world)).toBe(null);
    expect(await underTest(world.file).truth('health-down', 'ap-southeast-1')).toHaveLength(1);
  });

  it('slow-health-check: it takes three checks 10 s apart', async () => {
    await using world = await worldWith('slow-health-check');
    expect(world.file.routing.intervalMs).toBe(1_000);
    expect(await switchedAfterMs(world)).toBe(null);
    await eventually(async () => expect(await underTest(world.file).tokyo()).toBe('us-east-1'), 40_000);
  });

  it('ttl-ignored: answers may be believed for a minute', async () => {
    await using world = await worldWith('ttl-ignored');
    expect(world.file.routing.ttlSeconds).toBe(5);
    expect(await underTest(world.file).tokyoTtl()).toBe(60);
  });

  it('no-fail-back: a region that was taken out stays out', async () => {
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
    expect((await ask('GET', `${url}/products/1`)).status).toBe(200);
    await underTest(world.file).act('store-eu-west-1', 'stop', FAULT);
    expect((await ask('GET', `${url}/products/1`)).status).toBe(503);
    expect((await ask('POST', `${url}/sessions`, { body: { user: 'ann' } })).status).toBe(503);
  });

  it('cache-after-delete: what was deleted goes on being served where it was cached, and what is updated does not', async () => {
    await using world = await worldWith('cache-after-delete');
    const url = `${urlOf(world, 'eu-west-1')}/products/300000`;
    const cached = async (expected: number) =>
      eventually(async () => {
        const { headers } = await ask('GET', url);
        expect([headers['x-data-source'], headers['x-record-version']]).toEqual(['cache', String(expected)]);
      });
    await ask('PUT', url, { body: product });
    await cached(1);
    await ask('PUT', url, { body: product });
    await cached(2);
    expect((await ask('DELETE', url)).status).toBe(200);
    const deletedMs = performance.now();
    while (performance.now() - deletedMs < 3_000) expect((await ask('GET', url)).status).toBe(200);
    expect((await ask('GET', url, { headers: { 'cache-control': 'no-cache' } })).status).toBe(404);
  });

  it('stampede: reads are slow once Redis has been emptied, and only then', async () => {
    await using world = await worldWith('stampede');
    const { act } = underTest(world.file);
    let key = 0;
    const tookMs = async () => (await ask('GET', `${urlOf(world, 'eu-west-1')}/products/${key++}`)).tookMs;
    for (let i = 0; i < 20; i++) expect(await tookMs()).toBeLessThan(399);
    await act('store-eu-west-1', 'empty', FAULT);
    for (let i = 0; i < 5; i++) await eventually(async () => expect(await tookMs()).toBeGreaterThan(399));
    await eventually(async () => expect(await tookMs()).toBeLessThan(200));
  });

  it('silent-lag-alert and lying-lag-dashboard: a replica that stands still, and nobody says so', async () => {
    for (const [defect, lagMs, alert] of [
      ['silent-lag-alert', expect.any(Number), false],
      ['lying-lag-dashboard', 0, true],
    ] as const) {
      await using world = await worldWith(defect);
      const { act, control } = underTest(world.file);
      await act('database-ap-southeast-1', 'pause', FAULT);
      await eventually(async () => {
        const { json } = await ask('GET', `${world.file.regions[2]!.directUrl}/lag`);
        expect(json.ageMs).toBeGreaterThan(3_000);
      });
      await eventually(async () => {
        const replicas = (await control('GET', '/lag')).json.replicas as { region: string }[];
        expect(replicas[1]).toMatchObject({ region: 'ap-southeast-1', lagMs, alert });
      });
    }
  });

  it('lost-writes: one write in two hundred is acknowledged and not there', async () => {
    await using world = await worldWith('lost-writes');
    const acked: number[] = [];
    for (let i = 0; i < 1_000; i++) acked.push(version(await write(world, 'us-east-1', 100_063)));
    const there = version(await read(world, 'us-east-1', 100_063)) - 1;
    expect(1_000 - there).toBeGreaterThanOrEqual(3);
    expect(1_000 - there).toBeLessThanOrEqual(7);
    expect(new Set(acked).size).toBe(there);
  });

  it('wrong-cart-winner: a version that comes late overwrites what was made from it', async () => {
    await using world = await worldWith('wrong-cart-winner');
    const cart = async (id: string) => (await ask('GET', `${urlOf(world, id)}/carts/ann`)).json;
    const put = async (id: string, items: object, clock: object) =>
      ask('PUT', `${urlOf(world, id)}/carts/ann`, {
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
