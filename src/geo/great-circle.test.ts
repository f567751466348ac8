import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { city } from './atlas.ts';
import { greatCircleKm } from './great-circle.ts';

const points = fc.record({
  lat: fc.double({ min: -90, max: 90, noNaN: true }),
  lon: fc.double({ min: -180, max: 180, noNaN: true }),
});
const HALF_WAY_ROUND_KM = Math.PI * 6371.0088;

describe('the great-circle distance', () => {
  test.each([
    // Published great-circle distances between city centres, km.
    ['london', 'new-york', 5570],
    ['tokyo', 'singapore', 5320],
    ['sydney', 'auckland', 2156],
    ['sao-paulo', 'lagos', 6340],
  ])('from %s to %s is %d km within 1 %%', (a, b, km) => {
    expect(Math.abs(greatCircleKm(city(a), city(b)) / km - 1)).toBeLessThan(0.01);
  });

  test('is the same in both directions and 0 to the same place', () => {
    fc.assert(
      fc.property(points, points, (a, b) => {
        expect(greatCircleKm(a, b)).toBeCloseTo(greatCircleKm(b, a), 6);
        expect(greatCircleKm(a, a)).toBeCloseTo(0, 6);
      }),
    );
  });

  test('is at most half the circumference, and satisfies the triangle inequality', () => {
    fc.assert(
      fc.property(points, points, points, (a, b, c) => {
        expect(greatCircleKm(a, b)).toBeLessThanOrEqual(HALF_WAY_ROUND_KM + 1e-6);
        expect(greatCircleKm(a, c)).toBeLessThanOrEqual(greatCircleKm(a, b) + greatCircleKm(b, c) + 1e-3);
      }),
    );
  });

  test('grows with the angle along a meridian', () => {
    const degrees = fc.double({ min: 0, max: 90, noNaN: true });
    fc.assert(
      fc.property(degrees, degrees, (a, b) => {
        const [near, far] = [Math.min(a, b), Math.max(a, b)];
        const equator = { lat: 0, lon: 20 };
        expect(greatCircleKm(equator, { lat: near, lon: 20 })).toBeLessThanOrEqual(
          greatCircleKm(equator, { lat: far, lon: 20 }) + 1e-9,
        );
      }),
    );
  });
});
