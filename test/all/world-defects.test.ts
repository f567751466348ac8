import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunningWorld } from '../../src/run/world.ts';
import { sendRequest, type HttpResponse } from '../http.ts';
import { processTree, stillRunning } from '../process-tree.ts';
import { REGIONS, read, urlOf, version, worldWith, write } from '../world-rig.ts';

/** `count` requests of a run to one region, eight concurrently, results in the order sent. */
async function requests(
  world: RunningWorld,
  id: string,
  count: number,
  path: (i: number) => string,
): Promise<HttpResponse[]> {
  const answers: HttpResponse[] = [];
  let next = 0;
  const caller = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) {
      answers[i] = await sendRequest('GET', urlOf(world, id) + path(i), { headers: { 'x-antipode-run': 'defects' } });
    }
  };
  await Promise.all(Array.from({ length: 8 }, caller));
  return answers;
}

const reads = (i: number): string => (i % 2 === 0 ? `/products/${i % 5_000}` : `/products?tenant=a&page=${i}`);

/** The region that routing returns for a city. */
const CITIES: Record<string, string> = {
  tokyo: 'lat=35.69&lon=139.75',
  osaka: 'lat=34.75&lon=135.46',
  sydney: 'lat=-33.92&lon=151.19',
  london: 'lat=51.5&lon=-0.12',
  'sao-paulo': 'lat=-23.56&lon=-46.63',
};

async function routes(world: RunningWorld): Promise<Record<string, unknown>> {
  const entries = Object.entries(CITIES).map(async ([city, at]) => {
    const { json } = await sendRequest('GET', `${world.file.routing.url}/resolve?city=${city}&${at}`);
    return [city, json.region] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** Time from the acknowledgement of a write in us-east-1 until a read in this region returns it, ms. */
async function visibleAfterMs(world: RunningWorld, id: string): Promise<number> {
  const written = version(await write(world, 'us-east-1', 100_050));
  const ackedMs = performance.now();
  for (;;) {
    const seen = version(await read(world, id, 100_050));
    const waitedMs = performance.now() - ackedMs;
    if (seen >= written) return waitedMs;
    if (waitedMs > 10_000) throw new Error(`${id} has not reached version ${written} after 10 s`);
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
      // 30 by construction; a busy machine can delay more, up to eight concurrent requests at a time.
      if (id === 'eu-west-1') expect(slow.length).toBeGreaterThanOrEqual(28);
      else expect(slow.length).toBeLessThan(20);
    }
  });

  it('error-rate fails 0.5 % of requests in eu-west-1 with 500, spread evenly', async () => {
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

  it('stalled-region freezes ap-southeast-1 for 2 s out of every 20 s, and the world still stops at once', async () => {
    await using world = await worldWith('stalled-region');
    const upMs = performance.now();
    const stalls: { atMs: number; forMs: number }[] = [];
    const watch = async (untilStalls: number): Promise<void> => {
      while (stalls.length < untilStalls) {
        const atMs = performance.now() - upMs;
        expect(atMs).toBeLessThan(40_000);
        const { status, tookMs } = await sendRequest('GET', `${urlOf(world, 'ap-southeast-1')}/products/1`);
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
    expect((await sendRequest('GET', `${urlOf(world, 'eu-west-1')}/products/1`)).tookMs).toBeLessThan(1_000);

    const tree = processTree(world.file.pid);
    await world.stop();
    expect(stillRunning(tree)).toEqual([]);
  });

  it('stalled-region leaves nothing behind when the world is stopped while frozen', async () => {
    await using world = await worldWith('stalled-region');
    const frozen = sendRequest('GET', `${urlOf(world, 'ap-southeast-1')}/health`).catch(() => null);
    const tree = processTree(world.file.pid);
    // The first freeze comes three seconds after the start: send requests until one hangs.
    for (let overdue = false; !overdue;) {
      const asked = sendRequest('GET', `${urlOf(world, 'ap-southeast-1')}/products/1`).then(
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

  it.each([
    ['silent-region', 'routes all of Asia-Pacific to eu-west-1', ['tokyo', 'osaka', 'sydney'], 'eu-west-1'],
    ['wrong-region', 'routes only Tokyo to us-east-1', ['tokyo'], 'us-east-1'],
  ])('%s %s', async (defect, _what, cities, elsewhere) => {
    await using world = await worldWith(defect);
    expect(await routes(world)).toEqual({
      tokyo: 'ap-southeast-1',
      osaka: 'ap-southeast-1',
      sydney: 'ap-southeast-1',
      london: 'eu-west-1',
      'sao-paulo': 'us-east-1',
      ...Object.fromEntries(cities.map((city) => [city, elsewhere])),
    });
  });

  it('stale-replica delays writes by 2 s in ap-southeast-1 only', async () => {
    await using world = await worldWith('stale-replica');
    expect(await visibleAfterMs(world, 'eu-west-1')).toBeLessThan(500);
    const lateMs = await visibleAfterMs(world, 'ap-southeast-1');
    expect(lateMs).toBeGreaterThan(1_900);
    expect(lateMs).toBeLessThan(3_000);
    const { directUrl } = world.file.regions[2]!;
    expect((await sendRequest('GET', `${directUrl}/lag`)).json.lagMs).toBeGreaterThan(1_900);
  });
});
