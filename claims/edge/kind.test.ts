import { describe, expect, it } from 'vitest';
import { found } from '../../test/found.ts';
import type { Finding } from '../claim.ts';
import {
  edgeResponseOf,
  type ObservedAsset,
  type EdgeObservation,
  type EdgeResponse,
  type ObservedPurge,
} from './observation.ts';

const COPY: EdgeResponse = {
  status: 200,
  failure: null,
  isCached: true,
  ageSeconds: 7,
  limit: { name: 'max-age', seconds: 60 },
};
const OF_ORIGIN: Partial<EdgeResponse> = { isCached: false, ageSeconds: null };
const SILENT: Partial<EdgeResponse> = { ...OF_ORIGIN, status: null, failure: 'ECONNREFUSED', limit: null };
const PURGED: ObservedPurge = { status: 200, failure: null, isAccepted: true, served: 'new' };

/** An asset that is right but for these changes of its two responses and of its purge. */
const asset = (
  first: Partial<EdgeResponse> = {},
  second: Partial<EdgeResponse> = first,
  purge: Partial<ObservedPurge> | null = {},
): Pick<ObservedAsset, 'responses' | 'purge'> => ({
  responses: [
    { ...COPY, ...first },
    { ...COPY, ...second },
  ],
  purge: purge && { ...PURGED, ...purge },
});

/** What is found of these assets. */
function judged(assets: ReturnType<typeof asset>[], more: Partial<EdgeObservation> = {}, most = 0): Finding {
  const named = assets.map((one, i) => ({ asset: `asset ${i + 1}`, ...one }));
  const seen: EdgeObservation = { expect: [200], purgeSeconds: 5, assets: named, ...more };
  return found('edge', { wrongAssets: most }, {}, [], seen);
}

describe('assets at the edge', () => {
  it('pass if a cached copy is within its maximum age and is purged in time', () => {
    const origin = asset(OF_ORIGIN, {});
    expect(judged([asset(), origin, asset({ ageSeconds: 60 })])).toMatchObject({ status: 'PASS', total: 3, bad: 0 });
    expect(judged([asset()]).why).toBe('0 of 1 asset are wrong at the edge; the limit is 0.');
  });

  it('are wrong for different reasons; the first three are listed', () => {
    const { status, total, bad, why } = judged([
      asset(),
      asset(OF_ORIGIN),
      asset({ ageSeconds: 75 }),
      asset({}, {}, { served: 'old' }),
      asset({ status: 503 }),
    ]);
    expect([status, total, bad]).toEqual(['FAIL', 5, 4]);
    expect(why).toBe(
      '4 of 5 assets are wrong at the edge (asset 2: served by the origin twice, asset 3: 75 s old, its max-age is 60 s ' +
        'and asset 4: still the old copy 5 s after the purge); the limit is 0.',
    );
  });

  it('are wrong if the purge is refused or the status is unexpected', () => {
    const refused = judged([asset(), asset({}, {}, { status: 405, isAccepted: false, served: null })]);
    expect(refused.why).toContain('1 of 2 assets is wrong at the edge (asset 2: its purge got status 405)');
    expect(judged([asset({}, { status: 404 })]).why).toContain('(asset 1: status 404)');
  });

  it('may be wrong up to the limit', () => {
    expect(judged([asset(), asset(OF_ORIGIN)], {}, 1).status).toBe('PASS');
  });

  it.each([
    ['gave no answer', asset({}, SILENT), 'no response: ECONNREFUSED'],
    ['says no age, though its header names the edge', asset({ ageSeconds: null }), 'unknown age, no Age header'],
    ['says no limit', asset({ limit: null }), 'unknown maximum age, no max-age or s-maxage'],
    ['was not purged', asset({}, {}, null), 'not purged: its old copy could not be told from a new one'],
    ['was silent after its purge', asset({}, {}, { served: null }), 'no usable response after its purge'],
    [
      'could not be purged',
      asset({}, {}, { status: null, failure: 'ECONNRESET', isAccepted: false, served: null }),
      'no response to its purge: ECONNRESET',
    ],
  ])('are open where one %s', (_, open, words) => {
    const { status, total, why } = judged([asset(), open]);
    expect([status, total]).toEqual(['INCONCLUSIVE', 1]);
    expect(why).toContain(`1 asset could not be judged (asset 2: ${words}).`);
    expect(judged([open]).why).toMatch(/^Not tested: no asset could be judged \(asset 1: /);
  });

  it('need no purge if none is declared; the reason mentions it', () => {
    const { status, why } = judged([asset({}, {}, null)], { purgeSeconds: null });
    expect(status).toBe('PASS');
    expect(why).toContain('The target declares no purge, so none was tested.');
  });

  it('are not tested without requests', () => {
    expect(found('edge', { wrongAssets: 0 }, {}).why).toBe('Not tested: no static asset was requested from an edge.');
    expect(judged([]).why).toMatch(/^Not tested/);
  });
});

describe('cache data of a response', () => {
  const response = (headers: Record<string, string>, source = ''): EdgeResponse =>
    edgeResponseOf(200, (name) => headers[name] ?? '', source);

  it.each([
    ['0', 0],
    ['75', 75],
    [' 12 , 9', 12],
    ['', null],
    ['-1', null],
    ['1.5', null],
    ['a day', null],
  ])('of an Age of "%s" is %s', (age, seconds) => {
    expect(response({ age })).toMatchObject({ ageSeconds: seconds, isCached: seconds !== null });
  });

  it('is a cached copy if the header names the edge', () => {
    expect(response({}, 'edge').isCached).toBe(true);
    expect(response({}, 'primary').isCached).toBe(false);
  });

  it.each([
    ['public, max-age=60', { name: 'max-age', seconds: 60 }],
    ['max-age=60, s-maxage=3600', { name: 's-maxage', seconds: 3600 }],
    ['Max-Age="30"', { name: 'max-age', seconds: 30 }],
    ['no-store', null],
    ['', null],
  ])('of `Cache-Control: %s` is %o', (header, limit) => {
    expect(response({ 'cache-control': header }).limit).toEqual(limit);
  });
});
