import { expect, test } from 'vitest';
import { ACCESS_KINDS, accessNetwork } from './access.ts';

test('access networks get slower and vary more from data centre to fixed line to mobile', () => {
  const [centre, fixed, mobile] = (['data-centre', 'fixed', 'mobile'] as const).map(accessNetwork);
  expect(ACCESS_KINDS).toHaveLength(3);
  expect([centre!.lastMileMs, fixed!.lastMileMs, mobile!.lastMileMs]).toEqual([1, 10, 28]);
  expect(centre!.jitterMedianMs).toBeLessThan(fixed!.jitterMedianMs);
  expect(fixed!.jitterMedianMs).toBeGreaterThanOrEqual(1);
  expect(fixed!.jitterMedianMs).toBeLessThanOrEqual(3);
  expect(mobile!.jitterMedianMs).toBeGreaterThanOrEqual(5);
  expect(mobile!.jitterMedianMs).toBeLessThanOrEqual(15);
});
