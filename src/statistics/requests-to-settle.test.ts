import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lowerBound, upperBound } from './binomial.ts';
import { requestsToSettle } from './requests-to-settle.ts';

const levels = { designEffect: 1, passAlpha: 0.05, failAlpha: 0.05 };

test('Without a bad request a p99 claim needs 299 requests and a 99.9 % claim 2,995', () => {
  expect(requestsToSettle({ bad: 0, total: 10, maxBadShare: 0.01, ...levels })).toBe(299);
  expect(requestsToSettle({ bad: 0, total: 0, maxBadShare: 0.001, ...levels })).toBe(2995);
});

test('A share that is exactly the limit is settled by no number', () => {
  expect(requestsToSettle({ bad: 10, total: 1000, maxBadShare: 0.01, ...levels })).toBe(null);
});

test('With that many requests and the observed share the bounds decide', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20_000 }),
      fc.double({ min: 0, max: 3, noNaN: true }),
      fc.constantFrom(0.1, 0.01, 0.001),
      fc.constantFrom(1, 2.5, 20),
      fc.constantFrom(0.05, 0.005),
      (total, times, maxBadShare, designEffect, failAlpha) => {
        const bad = Math.min(total, Math.round(total * maxBadShare * times));
        const needed = requestsToSettle({ bad, total, maxBadShare, designEffect, passAlpha: 0.05, failAlpha });
        if (needed === null) return;
        expect(needed).toBeGreaterThanOrEqual(total);
        const share = bad / total;
        const n = needed / designEffect;
        const passes = upperBound(Math.ceil(share * needed - 1e-9) / designEffect, n, 0.05) <= maxBadShare + 1e-9;
        const fails = lowerBound(Math.floor(share * needed + 1e-9) / designEffect, n, failAlpha) >= maxBadShare - 1e-9;
        expect(share < maxBadShare ? passes : fails).toBe(true);
      },
    ),
  );
});
