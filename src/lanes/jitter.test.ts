import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AccessShare } from '../formats/lanes.ts';
import { drawAccess, flightJitterMs, normal, uniform } from './jitter.ts';

const FIXED: AccessShare = { kind: 'fixed', share: 0.6, lastMileMs: 10, jitterMedianMs: 2, jitterSigmaLog: 0.6 };
const MOBILE: AccessShare = { kind: 'mobile', share: 0.4, lastMileMs: 28, jitterMedianMs: 10, jitterSigmaLog: 0.7 };
const DRAWS = 20_000;

const mean = (values: number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
const quantile = (values: number[], q: number) => values.toSorted((a, b) => a - b)[Math.floor(q * values.length)]!;

describe('uniform', () => {
  it('fills (0, 1) evenly over neighbouring keys, whichever of them counts up', () => {
    for (const key of [0, 1, 2, 3]) {
      const draws = Array.from({ length: DRAWS }, (_, i) => uniform(...[7, 7, 7, 7].with(key, i)));
      const bins = Array.from({ length: 20 }, () => 0);
      for (const draw of draws) bins[Math.floor(draw * 20)]!++;
      const chiSquare = bins.reduce((sum, n) => sum + (n - DRAWS / 20) ** 2 / (DRAWS / 20), 0);
      // 99.99 % quantile of chi-square with 19 degrees of freedom.
      expect(chiSquare).toBeLessThan(50.8);
    }
  });

  it('is the same number for the same keys, inside the open interval, and another for other keys', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 5 }), (keys) => {
        const draw = uniform(...keys);
        expect(uniform(...keys)).toBe(draw);
        expect(draw).toBeGreaterThan(0);
        expect(draw).toBeLessThan(1);
        expect(uniform(...keys, 0)).not.toBe(draw);
      }),
    );
  });
});

describe('normal', () => {
  it('has mean 0, variance 1 and no autocorrelation', () => {
    const draws = Array.from({ length: DRAWS }, (_, i) => normal(42, 3, 5, i));
    expect(Math.abs(mean(draws))).toBeLessThan(0.03);
    expect(Math.abs(mean(draws.map((x) => x * x)) - 1)).toBeLessThan(0.05);
    expect(Math.abs(mean(draws.slice(1).map((x, i) => x * draws[i]!)))).toBeLessThan(0.03);
  });
});

describe('flightJitterMs', () => {
  it('is lognormal: the median of its network, and its sigma', () => {
    const draws = Array.from({ length: DRAWS }, (_, flight) => flightJitterMs(MOBILE, 1, 2, 3, flight));
    expect(quantile(draws, 0.5)).toBeCloseTo(10, 0);
    expect(mean(draws)).toBeCloseTo(10 * Math.exp(0.7 ** 2 / 2), 0);
    expect(Math.log(quantile(draws, 0.8413) / quantile(draws, 0.5))).toBeCloseTo(0.7, 1);
    expect(Math.min(...draws)).toBeGreaterThan(0);
  });

  it('depends on seed, lane, connection and flight, and on nothing else', () => {
    expect(flightJitterMs(MOBILE, 1, 2, 3, 4)).toBe(flightJitterMs(MOBILE, 1, 2, 3, 4));
    const others: [number, number, number, number][] = [
      [9, 2, 3, 4],
      [1, 9, 3, 4],
      [1, 2, 9, 4],
      [1, 2, 3, 9],
    ];
    for (const keys of others) expect(flightJitterMs(MOBILE, ...keys)).not.toBe(flightJitterMs(MOBILE, 1, 2, 3, 4));
  });

  it('is zero without an access network', () => {
    expect(flightJitterMs(null, 1, 2, 3, 4)).toBe(0);
  });
});

describe('drawAccess', () => {
  it('draws networks by their shares', () => {
    const kinds = Array.from({ length: DRAWS }, (_, n) => drawAccess([FIXED, MOBILE], 1, 2, n)!.kind);
    expect(kinds.filter((kind) => kind === 'fixed').length / DRAWS).toBeCloseTo(0.6, 1);
  });

  it('never draws a network without a share, and always one where there is any', () => {
    const none = { ...MOBILE, share: 0 };
    fc.assert(
      fc.property(fc.integer(), fc.nat(), (seed, n) => {
        expect(drawAccess([none, FIXED, none], seed, 0, n)).toBe(FIXED);
      }),
    );
    expect(drawAccess([], 1, 2, 3)).toBeNull();
  });
});
