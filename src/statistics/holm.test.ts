import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seeded } from '../../test/synthetic/options.ts';
import { holmRejections } from './holm.ts';

test('Each hypothesis is tested at the level that the ones rejected before it leave', () => {
  expect(holmRejections([0.01, 0.04, 0.03, 0.005], 0.05)).toEqual([true, false, false, true]);
  expect(holmRejections([0.04], 0.05)).toEqual([true]);
  expect(holmRejections([0.04, 0.04], 0.05)).toEqual([false, false]);
  expect(holmRejections([0.02, 0.04], 0.05)).toEqual([true, true]);
  expect(holmRejections([], 0.05)).toEqual([]);
});

test('Among 30 true hypotheses even one is rejected in at most 5 % of cases, where plain tests alarm in 79 %', () => {
  const random = seeded(30);
  let [alarms, plain] = [0, 0];
  for (let night = 0; night < 4000; night++) {
    const pValues = Array.from({ length: 30 }, random);
    if (holmRejections(pValues, 0.05).includes(true)) alarms++;
    if (pValues.some((p) => p <= 0.05)) plain++;
  }
  expect(alarms / 4000).toBeLessThan(0.06);
  expect(plain / 4000).toBeGreaterThan(0.75);
});

test('A smaller p-value is never spared where a larger one is rejected, and NaN never is', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 }), (pValues) => {
      const rejected = holmRejections(pValues, 0.05);
      const largest = Math.max(-1, ...pValues.filter((_, i) => rejected[i]));
      for (const [i, p] of pValues.entries()) expect(rejected[i]).toBe(p <= largest);
    }),
  );
  expect(holmRejections([NaN], 0.05)).toEqual([false]);
});
