import { expect, it } from 'vitest';
import { AssetCache, DEFAULT_CACHING } from './asset-cache.ts';

/** A cache, and how often it has fetched so far. */
function cacheWith(caching = DEFAULT_CACHING) {
  let fetches = 0;
  const cache = new AssetCache((asset) => `${asset}, copy ${(fetches += 1)}`, caching);
  return { take: (nowMs: number, asset = 'a') => cache.take(asset, nowMs), purge: () => cache.purge('a') };
}

it('keeps a copy with its fetch time until it expires', () => {
  const { take } = cacheWith();
  expect(take(500)).toEqual({ text: 'a, copy 1', fetchedAtMs: 500 });
  expect(take(60_499)).toEqual({ text: 'a, copy 1', fetchedAtMs: 500 });
  expect(take(60_500)).toEqual({ text: 'a, copy 2', fetchedAtMs: 60_500 });
});

it('fetches a purged asset again, unless purges are ignored', () => {
  const sound = cacheWith();
  sound.take(0);
  sound.purge();
  expect(sound.take(10).text).toBe('a, copy 2');
  const ignoring = cacheWith({ ...DEFAULT_CACHING, appliesPurges: false });
  ignoring.take(0);
  ignoring.purge();
  expect(ignoring.take(10)).toEqual({ text: 'a, copy 1', fetchedAtMs: 0 });
});

it('evicts the least recently used copy when it is full', () => {
  const { take } = cacheWith();
  for (let i = 0; i < 2_000; i += 1) take(i, `${i}`);
  take(3_000, '0');
  take(3_001, 'one more');
  expect(take(3_002, '0').fetchedAtMs).toBe(0);
  expect(take(3_003, '1').fetchedAtMs).toBe(3_003);
});
