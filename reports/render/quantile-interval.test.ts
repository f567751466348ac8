import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binomialQuantileShares } from './quantile-interval.ts';

describe('the interval of a quantile', () => {
  it('holds the quantile and narrows with more requests', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 0.999, noNaN: true }), fc.integer({ min: 10, max: 100_000 }), (q, n) => {
        const few = binomialQuantileShares(q, n);
        const many = binomialQuantileShares(q, n * 4);
        expect(few.low).toBeLessThanOrEqual(q);
        expect(few.high).toBeGreaterThanOrEqual(q - 1e-9);
        expect(many.high - many.low).toBeLessThan(few.high - few.low);
      }),
    );
  });

  it('reaches to the largest value when there are too few requests to see beyond the quantile', () => {
    expect(binomialQuantileShares(0.99, 10).high).toBeGreaterThan(0.999);
  });
});
