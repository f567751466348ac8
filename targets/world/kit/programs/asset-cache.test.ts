import { expect, it } from 'vitest';
import { AssetCache, SOUND_CACHING } from './asset-cache.ts';

/** A cache, and how often it has fetched so far. */
function cacheWith(caching = SOUND_CACHING) {
  let fetches = 0;
  const cache = new AssetCache((asset) => `${asset}, copy ${(fetches += 1)}`, caching);
  return { take: (nowMs: number, asset = 'a') => cache.take(asset, nowMs), purge: () => cache.purge('a') };
}

it('keeps a copy, which knows when it was fetched, for as long as it may be old', () => {
  const { take } = cacheWith();
  expect(take(500)).toEqual({ text: 'a, copy 1', fetchedAtMs: 500 });
  expect(take(60_499)).toEqual({ text: 'a, copy 1', fetchedAtMs: 500 });
  expect(take(60_500)).toEqual({ text: 'a, copy 2', fetchedAtMs: 60_500 });
});

it('fetches anew what was purged, unless purges are ignored', () => {
  const sound = cacheWith();
  sound.take(0);
  sound.purge();
  expect(sound.take(10).text).toBe('a, copy 2');
  const deaf = cacheWith({ ...SOUND_CACHING, heedsPurges: false });
  deaf.take(0);
  deaf.purge();
  expect(deaf.take(10)).toEqual({ text: 'a, copy 1', fetchedAtMs: 0 });
});

it('drops the copy that was used longest ago once it holds too many', () => {
  const { take } = cacheWith();
  for (let i = 0; i < 2_000; i += 1) take(i, `${i}`);
  take(3_000, '0');
  take(3_001, 'one more');
  expect(take(3_002, '0').fetchedAtMs).toBe(0);
  expect(take(3_003, '1').fetchedAtMs).toBe(3_003);
});
