import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { ObservedAsset, EdgeObservation } from '../../../claims/edge/observation.ts';
import { sampleTarget } from '../../../test/sample/plan-input.ts';
import type { Target } from '../../config/types.ts';
import { edge } from './edge.ts';
import type { ObservedRun } from './observer.ts';

const servers: Server[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve)))));

interface Cache {
  /** When the copies were fetched that are there at first, seconds ago; of single URLs. */
  agedSeconds?: number;
  agedSecondsOf?: Record<string, number>;
  maxAgeSeconds?: number;
  /** What a purge does, and after how long. */
  purge?: { heeds: boolean; afterMs?: number; status?: number };
  /** Whether its responses have the age of copies, and a header that names the edge. */
  says?: { age?: boolean; source?: boolean };
}

/** A cache with an origin behind it, on a real socket; records its requests. */
async function cacheAt({ agedSeconds = 10, agedSecondsOf = {}, maxAgeSeconds = 60, purge, says = {} }: Cache) {
  const fetchedMs = new Map<string, number>();
  const requests: { method: string; url: string; atMs: number }[] = [];
  const startedMs = Date.now();
  const answerTo = (request: IncomingMessage): [status: number, headers: Record<string, string>] => {
    const url = request.url!;
    requests.push({ method: request.method!, url, atMs: Date.now() });
    if (request.method === 'PURGE') {
      if (purge?.heeds) setTimeout(() => fetchedMs.set(url, -Infinity), purge.afterMs ?? 0).unref();
      return [purge?.status ?? 200, {}];
    }
    const known = fetchedMs.get(url) ?? startedMs - (agedSecondsOf[url] ?? agedSeconds) * 1000;
    const isKept = Date.now() - known < maxAgeSeconds * 1000;
    const since = isKept ? known : Date.now();
    fetchedMs.set(url, since);
    return [
      200,
      {
        'cache-control': `public, max-age=${maxAgeSeconds}`,
        ...(says.age !== false && isKept ? { age: `${Math.floor((Date.now() - since) / 1000)}` } : {}),
        ...(says.source ? { 'x-from': 'edge' } : {}),
      },
    ];
  };
  const server = createServer((request, response) => void response.writeHead(...answerTo(request)).end('script'));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

type Block = NonNullable<Target['edge']>;
const PURGE = { method: 'PURGE', path: '/asset/{key}', expect: [200, 204] };

/** The run of a target with this edge; null for none. */
function runAt(url: string | null, block: Partial<Block> = {}, more: Partial<Target> = {}, keys = 5000): ObservedRun {
  const target: Target = {
    ...sampleTarget(),
    world: null,
    edge: { asset: 'asset', purgeSeconds: 1, ...block },
    ...more,
  };
  target.observe.source = 'X-From';
  const upstream = { url, host: '127.0.0.1', addresses: ['127.0.0.1'], port: 0, isFromDns: false, isDirect: true };
  const plan = { runId: '20260101-000000-abcd', tenants: ['tenant-1'], claims: [{ kind: 'edge' }] };
  const profile = { keys: { count: keys } };
  return {
    plan,
    profile,
    target,
    upstreams: { regions: [], edge: url === null ? null : upstream },
  } as unknown as ObservedRun;
}

async function seenIn(run: ObservedRun): Promise<EdgeObservation> {
  const events = await edge(run)!.finish(0);
  expect(events).toMatchObject([{ kind: 'observation', of: 'edge' }]);
  return (events[0] as { seen: EdgeObservation }).seen;
}

const shown = ({ assets }: EdgeObservation): (string | null | undefined)[] => assets.map(({ purge }) => purge?.served);

describe('assets of the edge', () => {
  test('are requested twice, and are copies with an age and a limit', async () => {
    const { url, requests } = await cacheAt({});
    const { assets, ...rest } = await seenIn(runAt(url));
    expect(rest).toEqual({ expect: [200], purgeSeconds: null });
    const limit = { name: 'max-age', seconds: 60 };
    const response = { status: 200, failure: null, isCached: true, ageSeconds: expect.any(Number), limit };
    expect(assets).toHaveLength(10);
    expect(assets[2]).toEqual({ asset: 'asset 3', responses: [response, response], purge: null });
    expect(assets[2]!.responses[0].ageSeconds).toBeGreaterThanOrEqual(10);
    expect(requests).toHaveLength(20);
    expect(new Set(requests.map((one) => one.url)).size).toBe(10);
  });

  test('are no copies without such headers, and copies without an age where a header names the edge', async () => {
    const told = async (says: Cache['says']): Promise<ObservedAsset> =>
      (await seenIn(runAt((await cacheAt({ says: says! })).url, { purge: PURGE }))).assets[0]!;
    expect(await told({ age: false })).toMatchObject({ responses: [{}, { isCached: false }], purge: null });
    expect(await told({ age: false, source: true })).toMatchObject({
      responses: [{}, { isCached: true, ageSeconds: null }],
      purge: null,
    });
  });

  test('are others where copies expire too soon for a purge', async () => {
    const agedSecondsOf = { '/asset/2': 59, '/asset/5': 58.5, '/asset/11': 59.5 };
    const { url } = await cacheAt({ agedSecondsOf, purge: { heeds: true } });
    const seen = await seenIn(runAt(url, { purge: PURGE }));
    expect(seen.assets.map(({ asset }) => asset)).toEqual(
      [1, 3, 4, 6, 7, 8, 9, 10, 12, 13].map((key) => `asset ${key}`),
    );
    expect(shown(seen)).toEqual(Array(10).fill('new'));
  });

  test('are not more than the profile has', async () => {
    const { url, requests } = await cacheAt({ agedSecondsOf: { '/asset/2': 59 }, maxAgeSeconds: 60 });
    const { assets } = await seenIn(runAt(url, { purge: PURGE }, {}, 3));
    expect(assets.map(({ asset }) => asset)).toEqual(['asset 1', 'asset 3', 'asset 2']);
    expect(new Set(requests.map((one) => one.url)).size).toBe(3);
  });

  test('have no status without a response', async () => {
    const { assets } = await seenIn(runAt('http://127.0.0.1:1', { purge: PURGE }));
    const silent = { status: null, failure: expect.stringContaining('ECONNREFUSED'), isCached: false };
    expect(assets[9]).toMatchObject({ responses: [silent, silent], purge: null });
  });

  test('are requested at half of the rate limit at most', async () => {
    const { url, requests } = await cacheAt({});
    await seenIn(runAt(url, {}, { maxRatePerSecond: 40 }));
    expect(requests.at(-1)!.atMs - requests[0]!.atMs).toBeGreaterThan((19 * 1000) / 20 - 200);
  });

  test('are not requested without an edge, without a block, or without a claim', () => {
    expect(edge(runAt(null))).toBeNull();
    expect(edge(runAt('http://127.0.0.1:1', {}, { edge: null }))).toBeNull();
    const run = runAt('http://127.0.0.1:1');
    expect(edge({ ...run, plan: { ...run.plan, claims: [] } })).toBeNull();
  });
});

describe('a purge', () => {
  const purged = async (cache: Cache, block: Partial<Block> = {}): Promise<EdgeObservation> =>
    seenIn(runAt((await cacheAt(cache)).url, { purge: PURGE, ...block }));

  test('shows where the next copy is new, at once or in time', async () => {
    expect(shown(await purged({ purge: { heeds: true } }))).toEqual(Array(10).fill('new'));
    expect(shown(await purged({ purge: { heeds: true, afterMs: 500 } }))).toEqual(Array(10).fill('new'));
  });

  test('does not show where the old copy stays, or is replaced too late', async () => {
    expect(shown(await purged({ purge: { heeds: false } }))).toEqual(Array(10).fill('old'));
    expect(shown(await purged({ purge: { heeds: true, afterMs: 10_000 } }))).toEqual(Array(10).fill('old'));
  });

  test('that is refused is recorded, without a conclusion', async () => {
    const { assets } = await purged({ purge: { heeds: false, status: 405 } });
    expect(assets[0]!.purge).toEqual({ status: 405, failure: null, isAccepted: false, served: null });
  });

  test('does not count as effective because a copy is young, or expires by itself', async () => {
    const young = purged({ agedSeconds: 0, purge: { heeds: false } });
    const ending = purged({ agedSeconds: 18, maxAgeSeconds: 20, purge: { heeds: false } });
    expect(shown(await young)).toEqual(Array(10).fill('old'));
    expect(shown(await ending)).toEqual(Array(10).fill('old'));
  });

  test('of a copy that expires too soon is not tried', async () => {
    const { assets } = await purged({ agedSeconds: 0, maxAgeSeconds: 4, purge: { heeds: true } });
    expect(assets[0]!.purge).toBeNull();
  });

  test('is sent for few assets at once with a low rate limit', async () => {
    const { url, requests } = await cacheAt({ purge: { heeds: true } });
    await seenIn(runAt(url, { purge: PURGE, purgeSeconds: 2 }, { maxRatePerSecond: 20 }));
    // Five at a time: a response before the purge, the purge, a response after it.
    expect(new Set(requests.slice(20, 35).map((one) => one.url)).size).toBe(5);
  });
});
