import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isoMinutes, minutesFor, secondsOfIso } from './duration.ts';

describe('durations of FIS', () => {
  it('are rounded up to whole minutes, at least one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 43_200_000 }), (ms) => {
        const minutes = minutesFor(ms);
        expect(minutes).toBeGreaterThanOrEqual(1);
        expect(minutes * 60_000).toBeGreaterThanOrEqual(ms);
        expect((minutes - 1) * 60_000).toBeLessThan(ms);
      }),
    );
  });

  it('are written as ISO 8601', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 720 }), (minutes) => {
        expect(secondsOfIso(isoMinutes(minutes))).toBe(minutes * 60);
      }),
    );
    expect(secondsOfIso('PT1H30M5S')).toBe(5405);
  });

  it.each(['', 'PT', '5M', 'P1D', 'PT1.5M'])('are not read from "%s"', (text) => {
    expect(secondsOfIso(text)).toBeNull();
  });
});
