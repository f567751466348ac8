import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evenly } from './defects.ts';

describe('evenly', () => {
  it('is true for the given share of calls, at most a few hits off, from the first call on', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 0.5, noNaN: true }), fc.integer({ min: 1, max: 20_000 }), (share, n) => {
        const isHit = evenly(share);
        let hits = 0;
        for (let i = 0; i < n; i++) if (isHit()) hits++;
        expect(Math.abs(hits - n * share)).toBeLessThan(5);
      }),
    );
  });
});
