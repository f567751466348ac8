import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CarriedQuota, largestRemainder } from './quota.ts';

const weights = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 });
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

describe('largestRemainder', () => {
  test('sums to the total, each part within one of its quota', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), weights, (total, given) => {
        fc.pre(sum(given) > 1e-6);
        const parts = largestRemainder(total, given);
        expect(sum(parts)).toBe(total);
        for (const [i, part] of parts.entries()) {
          expect(Math.abs(part - (total * given[i]!) / sum(given))).toBeLessThan(1 + 1e-6);
        }
      }),
    );
  });

  test('gives the rest to the largest remainders', () => {
    expect(largestRemainder(10, [0.55, 0.26, 0.19])).toEqual([5, 3, 2]);
    expect(largestRemainder(1, [1, 1, 1])).toEqual([1, 0, 0]);
  });

  test('gives nothing where all weights are zero', () => {
    expect(largestRemainder(5, [0, 0])).toEqual([0, 0]);
  });
});

describe('CarriedQuota', () => {
  test('splits every total exactly and keeps the sums to the weights', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 1, maxLength: 60 }), weights, (totals, given) => {
        fc.pre(sum(given) > 1e-6);
        const quota = new CarriedQuota(given);
        const sums = given.map(() => 0);
        let all = 0;
        for (const total of totals) {
          const parts = quota.split(total);
          expect(sum(parts)).toBe(total);
          all += total;
          for (const [i, part] of parts.entries()) {
            expect(part).toBeGreaterThanOrEqual(0);
            expect(given[i] === 0 && part > 0, 'a part of weight zero').toBe(false);
            sums[i]! += part;
          }
          for (const [i, so] of sums.entries()) {
            expect(Math.abs(so - (all * given[i]!) / sum(given))).toBeLessThan(2);
          }
        }
      }),
    );
  });

  test('gives rare parts their share over small totals', () => {
    const quota = new CarriedQuota([0.9, 0.1]);
    const rare = Array.from({ length: 100 }, () => quota.split(1)[1]!);
    expect(sum(rare)).toBe(10);
  });
});
