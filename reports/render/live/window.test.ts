import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlidingWindow } from './window.ts';

describe('the sliding window', () => {
  it('gives quantiles within its bin width of the exact ones', () => {
    const values = fc.array(fc.double({ min: 0.2, max: 90_000, noNaN: true }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(values, (all) => {
        const window = new SlidingWindow();
        for (const [i, value] of all.entries()) window.add(i % 9_000, value, false);
        const sorted = all.toSorted((a, b) => a - b);
        const { p50Ms, p99Ms } = window.figures(9_500);
        for (const [q, found] of [
          [0.5, p50Ms],
          [0.99, p99Ms],
        ] as const) {
          const exact = sorted[Math.ceil(q * sorted.length) - 1]!;
          expect(Math.abs(Math.log(found! / exact))).toBeLessThan(Math.log(10) / 32);
        }
      }),
    );
  });

  it('forgets what is older than ten seconds', () => {
    const window = new SlidingWindow();
    window.add(500, 10, true);
    window.add(8_000, 10, false);
    expect(window.figures(9_000)).toMatchObject({ n: 2, bad: 1 });
    expect(window.figures(10_500)).toMatchObject({ n: 1, bad: 0 });
    expect(window.figures(30_000)).toEqual({ n: 0, bad: 0, perSecond: 0, p50Ms: null, p99Ms: null });
  });

  it('drops an event that comes too late for its second and keeps the newer ones', () => {
    const window = new SlidingWindow();
    window.add(12_100, 10, false);
    window.add(2_100, 10, true);
    expect(window.figures(12_500)).toMatchObject({ n: 1, bad: 0 });
  });

  it('shows the rate over the elapsed seconds', () => {
    const window = new SlidingWindow();
    for (let at = 0; at < 2_000; at += 10) window.add(at, 5, false);
    expect(window.figures(2_000).perSecond).toBeCloseTo(100);
    for (let at = 2_000; at < 30_000; at += 10) window.add(at, 5, false);
    expect(window.figures(29_999).perSecond).toBeCloseTo(100, 0);
  });
});
