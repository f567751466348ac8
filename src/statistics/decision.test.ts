import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lowerBound, upperBound } from './binomial.ts';
import { ALPHA, failProbability, minBadToFail, maxBadToPass, passProbability, requestsUntil } from './decision.ts';

const sizes = fc.integer({ min: 1, max: 3000 });
const limits = fc.constantFrom(0.001, 0.01, 0.05, 0.2);
const levels = fc.constantFrom(0.05, 0.01, 0.05 / 14);

describe('thresholds on the count of bad requests', () => {
  test('are where the Clopper-Pearson bounds cross the limit', () => {
    fc.assert(
      fc.property(sizes, limits, levels, (n, limit, alpha) => {
        const passes = maxBadToPass(n, limit, alpha);
        expect(passes < 0 || upperBound(passes, n, alpha) <= limit * (1 + 1e-9)).toBe(true);
        expect(upperBound(passes + 1, n, alpha)).toBeGreaterThan(limit * (1 - 1e-9));
        const fails = minBadToFail(n, limit, alpha);
        expect(fails > n || lowerBound(fails, n, alpha) >= limit * (1 - 1e-9)).toBe(true);
        expect(lowerBound(fails - 1, n, alpha)).toBeLessThan(limit * (1 + 1e-9));
      }),
      { numRuns: 300 },
    );
  });

  // reference table of n to prove p99 and 99.9 % at 95 % with k bad ones
  test.each([
    [0, 299, 2995],
    [1, 473, 4742],
    [2, 628, 6294],
    [5, 1049, 10_511],
    [20, 2902, 29_058],
  ])('let %i bad ones pass a p99 claim from %i requests on and 99.9 %% from %i on', (k, p99, p999) => {
    expect([maxBadToPass(p99 - 1, 0.01, ALPHA), maxBadToPass(p99, 0.01, ALPHA)]).toEqual([k - 1, k]);
    expect([maxBadToPass(p999 - 1, 0.001, ALPHA), maxBadToPass(p999, 0.001, ALPHA)]).toEqual([k - 1, k]);
  });
});

describe('probabilities of verdicts', () => {
  /** A small seeded generator of its own (mulberry32). */
  const seeded = (seed: number) => (): number => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };

  test.each([
    [900, 0.01, 0.005],
    [900, 0.01, 0.02],
    [400, 0.05, 0.03],
    [400, 0.05, 0.09],
  ])('are those of a simulation: %i requests, limit %f, truly %f bad', (n, limit, share) => {
    const random = seeded(n);
    const runs = 3000;
    let [passed, failed] = [0, 0];
    for (let run = 0; run < runs; run += 1) {
      let bad = 0;
      for (let i = 0; i < n; i += 1) if (random() < share) bad += 1;
      if (upperBound(bad, n, ALPHA) <= limit) passed += 1;
      if (lowerBound(bad, n, ALPHA) >= limit) failed += 1;
    }
    // Four standard errors of a simulated share.
    expect(Math.abs(passed / runs - passProbability(n, limit, share, ALPHA))).toBeLessThan(0.037);
    expect(Math.abs(failed / runs - failProbability(n, limit, share, ALPHA))).toBeLessThan(0.037);
  });

  test('never wrong more often than alpha at the limit itself', () => {
    fc.assert(
      fc.property(sizes, limits, levels, (n, limit, alpha) => {
        expect(passProbability(n, limit, limit, alpha)).toBeLessThanOrEqual(alpha + 1e-9);
        expect(failProbability(n, limit, limit, alpha)).toBeLessThanOrEqual(alpha + 1e-9);
      }),
      { numRuns: 200 },
    );
  });

  test('are zero without requests', () => {
    expect([passProbability(0, 0.01, 0, ALPHA), failProbability(0, 0.01, 1, ALPHA)]).toEqual([0, 0]);
  });
});

describe('requestsUntil', () => {
  test('holds from its result on, despite saw-teeth', () => {
    const enough = (n: number): boolean => passProbability(n, 0.01, 0.002, ALPHA) >= 0.9;
    const needed = requestsUntil(0.01, enough)!;
    // the reference names about 810 for 90 % power at 0.2 %
    expect(needed).toBeGreaterThan(700);
    expect(needed).toBeLessThan(950);
    for (let n = Math.ceil(needed * 1.01); n < 5000; n += 7) expect(enough(n), `${n}`).toBe(true);
  });

  test('is null where no number is enough', () => {
    expect(requestsUntil(0.01, () => false)).toBeNull();
  });
});
