import { describe, expect, test } from 'vitest';
import { activityMs, curvedArrivals, poissonArrivals, uniformArrivals } from './arrivals.ts';
import { Random } from './random.ts';

const isAscendingWithin = (times: Float64Array, fromMs: number, toMs: number): boolean =>
  times.every((t, i) => t >= fromMs && t <= toMs && (i === 0 || t >= times[i - 1]!));

/** Variance of counts per window over their mean: 1 for a Poisson process, 0 for an even one. */
function dispersion(times: Float64Array, fromMs: number, toMs: number, windows: number): number {
  const counts = Array.from({ length: windows }, () => 0);
  for (const t of times) counts[Math.min(windows - 1, Math.floor(((t - fromMs) / (toMs - fromMs)) * windows))]! += 1;
  const mean = times.length / windows;
  return counts.reduce((sum, n) => sum + (n - mean) ** 2, 0) / (windows - 1) / mean;
}

describe('arrivals', () => {
  test('of a Poisson process have Poisson counts, for ten seeds', () => {
    const windows = 1000;
    for (let seed = 0; seed < 10; seed += 1) {
      const times = poissonArrivals(20_000, 5000, 65_000, new Random(seed, 'test'));
      expect(isAscendingWithin(times, 5000, 65_000)).toBe(true);
      // The index has a standard deviation of sqrt(2 / windows) = 0.045; four of them.
      expect(Math.abs(dispersion(times, 5000, 65_000, windows) - 1)).toBeLessThan(0.18);
    }
  });

  test('of a Poisson process have exponential gaps', () => {
    const times = poissonArrivals(20_000, 0, 1_000_000, new Random(3, 'test'));
    const beyondMean = times.filter((t, i) => i > 0 && t - times[i - 1]! > 50).length / 20_000;
    expect(Math.abs(beyondMean - Math.exp(-1))).toBeLessThan(0.015);
  });

  test('that are uniform are evenly spaced', () => {
    const times = uniformArrivals(100, 1000, 2000, new Random(1, 'test'));
    expect(isAscendingWithin(times, 1000, 2000)).toBe(true);
    for (let i = 1; i < 100; i += 1) expect(times[i]! - times[i - 1]!).toBeCloseTo(10, 6);
  });

  test('that follow a curve have its rate', () => {
    const intensity = (ms: number): number => (ms < 40_000 ? 1 : 3);
    const times = curvedArrivals(20_000, 0, 80_000, new Random(1, 'test'), intensity);
    expect(isAscendingWithin(times, 0, 80_000)).toBe(true);
    const late = times.filter((t) => t >= 40_000);
    expect(Math.abs(late.length / 20_000 - 0.75)).toBeLessThan(0.013);
    expect(Math.abs(dispersion(late, 40_000, 80_000, 500) - 1)).toBeLessThan(0.26);
    expect(activityMs(intensity, 0, 80_000)).toBeCloseTo(160_000, 6);
  });

  test('may be none', () => {
    expect(poissonArrivals(0, 0, 10, new Random(1, 'test'))).toHaveLength(0);
    expect(uniformArrivals(0, 0, 10, new Random(1, 'test'))).toHaveLength(0);
    expect(curvedArrivals(0, 0, 10, new Random(1, 'test'), () => 1)).toHaveLength(0);
  });
});
