import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mayRetry, pauseMs } from './retry.ts';

describe('a client asks again', () => {
  test('what nobody answered, or who could not just now, if doing it twice does no harm', () => {
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
      for (const status of [0, 502, 503, 504])
        expect(mayRetry(method, status, false), `${method} ${status}`).toBe(true);
      for (const status of [200, 400, 404, 429, 500]) expect(mayRetry(method, status, false)).toBe(false);
    }
  });

  test('a POST only if it surely never arrived', () => {
    expect(mayRetry('POST', 0, true)).toBe(true);
    expect(mayRetry('POST', 0, false)).toBe(false);
    expect(mayRetry('POST', 503, false)).toBe(false);
  });
});

describe('the pause before it', () => {
  const row = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  const attempt = fc.integer({ min: 1, max: 5 });
  const backoffMs = fc.integer({ min: 0, max: 60_000 });

  test('doubles with every attempt, and half of it is drawn', () => {
    fc.assert(
      fc.property(row, attempt, backoffMs, (r, a, backoff) => {
        const longest = backoff * 2 ** (a - 1);
        const pause = pauseMs({ max: 5, backoffMs: backoff }, r, a);
        expect(pause).toBeGreaterThanOrEqual(longest / 2);
        expect(pause).toBeLessThanOrEqual(longest);
        expect(pauseMs({ max: 5, backoffMs: backoff }, r, a)).toBe(pause);
      }),
    );
  });

  test('spreads the clients evenly, so that they do not come back all at once', () => {
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let r = 0; r < 10_000; r++) {
      const at = Math.floor((pauseMs({ max: 1, backoffMs: 100 }, r, 1) - 50) / 5);
      tenths[at] = tenths[at]! + 1;
    }
    for (const n of tenths) expect(Math.abs(n - 1000)).toBeLessThan(150);
  });
});
