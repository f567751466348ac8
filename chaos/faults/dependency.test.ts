import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFault, chosen, paramsOf } from '../../test/fault-life.ts';
import { HTTP_REQUEST, httpServer, linkPoint, openConnection, startToxiproxy } from '../../test/fault-rig.ts';
import type { TestServer, ToxiproxyRig } from '../../test/fault-rig.ts';
import type { FaultPoint } from '../../src/formats/faults.ts';
import { dependency } from './dependency.ts';

/** Body of the response to a probe, bytes; headers come on top. */
const BODY_BYTES = 20_000;

let toxiproxy: ToxiproxyRig;
let server: TestServer;
let port: number;
const points: FaultPoint[] = [];
beforeAll(async () => {
  toxiproxy = await startToxiproxy();
  server = await httpServer((request, response) => {
    response.end(request.url === '/large' ? 'x'.repeat(BODY_BYTES) : 'ok');
  });
  port = await toxiproxy.proxy('stock:8080', server.port);
  const otherPort = await toxiproxy.proxy('stock elsewhere', server.port);
  for (const [name, region, at] of [
    ['stock:8080', 'far', port],
    ['stock elsewhere', 'near', otherPort],
  ] as const) {
    const probe = { protocol: 'http', url: `http://127.0.0.1:${at}/large`, expect: '2xx' } as const;
    points.push({ ...linkPoint(toxiproxy.control, name, 'dependency', region, null, probe), dependency: 'stock' });
  }
});
afterAll(async () => {
  await toxiproxy?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

const names = (given: object): string[] =>
  chosen(dependency, points, paramsOf(dependency, given)).map(({ name }) => name);

describe('a dependency behind a proxy', () => {
  it('is found by its name, in one region or in all', () => {
    expect(names({ name: 'stock', face: 'latency' })).toEqual(['stock:8080', 'stock elsewhere']);
    expect(names({ name: 'stock', region: 'far', face: 'latency' })).toEqual(['stock:8080']);
  });

  it('is not found by another name, and the message lists the known ones', () => {
    const given = paramsOf(dependency, { name: 'stork', region: 'far', face: 'refused' });
    expect(dependency.select(points, given)).toBe(
      'no link of kind dependency is named stork in far; known: stock of far, stock of near',
    );
  });

  it.each([
    ['refused', ['closed']],
    ['blackhole', ['hangs', 'closed']],
    ['reset', ['closed', 'reset']],
  ])('is cut on new connections and on those that were open: %s', async (face, fates) => {
    using open = await openConnection(port, HTTP_REQUEST);
    await using fault = await startFault(dependency, points, { name: 'stock', region: 'far', face });
    expect(fates).toContain((await open.send()).fate);
    await fault.heal();
  });

  it.each(['downstream', 'upstream'])('responds late, by latency and jitter: %s', async (stream) => {
    using open = await openConnection(port, HTTP_REQUEST);
    const given = { name: 'stock', region: 'far', face: 'latency', latencyMs: 600, jitterMs: 200, stream };
    await using fault = await startFault(dependency, points, given);
    const tookMs: number[] = [];
    for (let i = 0; i < 6; i += 1) tookMs.push((await open.send(5_000)).tookMs);
    expect(Math.min(...tookMs)).toBeGreaterThan(390);
    expect(Math.max(...tookMs) - Math.min(...tookMs)).toBeGreaterThan(10);
    await fault.heal();
    expect((await open.send(5_000)).tookMs).toBeLessThan(390);
  });

  it('responds at the limited rate', async () => {
    await using fault = await startFault(dependency, points, {
      name: 'stock',
      face: 'bandwidth',
      kilobytesPerSecond: 20,
    });
    const { tookMs, bytes } = await dependency.probe(
      points[0]!,
      paramsOf(dependency, { name: 'stock', face: 'latency' }),
    );
    expect(bytes).toBeGreaterThanOrEqual(BODY_BYTES);
    expect(tookMs).toBeGreaterThan(900);
    await fault.heal();
  });

  it('responds in pieces, with a pause after each', async () => {
    const given = { name: 'stock', region: 'far', face: 'slicer', averageBytes: 1_000, delayUs: 40_000 };
    await using fault = await startFault(dependency, points, given);
    expect(fault.undo).toMatchObject([
      { proxy: 'stock:8080', toxics: [{ attributes: { average_size: 1_000, size_variation: 0, delay: 40_000 } }] },
    ]);
    await fault.heal();
  });

  it.each([
    [{ face: 'latency', latencyMs: 200, jitterMs: 101 }, 'at most half'],
    [{ face: 'slicer', averageBytes: 10, variationBytes: 10 }, 'less than averageBytes'],
    [{ face: 'bandwidth', stream: 'upstream' }, 'stream'],
    [{ face: 'slow' }, 'slicer'],
  ])('refuses parameters whose effect no probe can see, or that crash Toxiproxy: %j', (given, why) => {
    const { error } = dependency.params.safeParse({ name: 'stock', ...given });
    expect(error?.issues[0]?.message).toContain(why);
  });

  it.each([
    [{ face: 'bandwidth', kilobytesPerSecond: 100 }, 214, /214 bytes, which would take 2 ms longer/],
    [{ face: 'slicer', averageBytes: 1_000 }, 214, /too little/],
    [{ face: 'bandwidth', kilobytesPerSecond: 100 }, 10_000, null],
    [{ face: 'latency' }, 2, null],
    [{ face: 'refused' }, 2, null],
  ])('is refused where no probe could see it: %j on %i bytes', (given, bytes, why) => {
    const before = { outcome: 'answered', tookMs: 3, value: 200, bytes } as const;
    const said = dependency.unobservable!(paramsOf(dependency, { name: 'stock', ...given }), before);
    if (why === null) expect(said).toBeNull();
    else expect(said).toMatch(why);
  });

  it('promises nothing to clients: a fallback may be what is tested', () => {
    expect(dependency.hurts(paramsOf(dependency, { name: 'stock', face: 'refused' }))).toBeNull();
  });
});
