import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { city } from './atlas.ts';
import { dayCurve, localHour, zoneOffsetHours } from './day-curve.ts';

describe('the day curve', () => {
  test('is lowest at 04:00, at 35 to 50 % of its peak, and highest from 20:00 to 22:00', () => {
    const hours = Array.from({ length: 24 * 12 }, (_, i) => i / 12);
    const values = hours.map(dayCurve);
    expect(hours[values.indexOf(Math.min(...values))]).toBe(4);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0.35);
    expect(Math.min(...values)).toBeLessThanOrEqual(0.5);
    expect(dayCurve(21)).toBe(1);
    expect(Math.max(...values)).toBe(1);
  });

  test('is continuous, also at midnight', () => {
    fc.assert(
      fc.property(fc.double({ min: -48, max: 48, noNaN: true }), (hour) => {
        expect(Math.abs(dayCurve(hour) - dayCurve(hour + 0.01))).toBeLessThan(0.01);
        expect(dayCurve(hour)).toBeCloseTo(dayCurve(hour + 24), 9);
      }),
    );
  });
});

describe('the local hour', () => {
  test.each([
    ['london', 0],
    ['tokyo', 9],
    ['mumbai', 5.5],
    ['new-york', -5],
    ['kathmandu', 5.75],
    ['casablanca', 1],
    ['auckland', 13],
    ['honolulu', -10],
  ])('of %s is UTC and %d hours on the reference day', (id, offset) => {
    expect(zoneOffsetHours(city(id))).toBe(offset);
  });

  test('wraps around midnight in both directions', () => {
    expect(localHour(city('tokyo'), 20)).toBe(5);
    expect(localHour(city('new-york'), 2)).toBe(21);
    expect(localHour(city('mumbai'), 18.5)).toBe(0);
  });
});
