import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clock, line, logScale, timeTicks } from './plot.ts';

describe('a logarithmic scale', () => {
  it('keeps order, stays within the plot, and marks its ticks where they are', () => {
    const range = fc.tuple(
      fc.double({ min: 0.1, max: 100, noNaN: true }),
      fc.double({ min: 2, max: 10_000, noNaN: true }),
    );
    fc.assert(
      fc.property(range, fc.double({ min: 0, max: 1e7, noNaN: true }), ([from, factor], value) => {
        const scale = logScale(from, from * factor);
        expect(scale.at(value)).toBeGreaterThanOrEqual(0);
        expect(scale.at(value)).toBeLessThanOrEqual(1);
        expect(scale.at(value * 1.5 + 0.01)).toBeGreaterThanOrEqual(scale.at(value));
        for (const tick of scale.ticks) expect(scale.at(tick.value)).toBeCloseTo(tick.at);
      }),
    );
  });
});

describe('a time axis', () => {
  it.each([500, 8_000, 45_000, 190_000, 3_600_000, 86_400_000, 400_000_000])(
    'has at most eight ticks over %i ms',
    (toMs) => {
      const ticks = timeTicks(toMs);
      expect(ticks.length).toBeLessThanOrEqual(8);
      expect(ticks[0]).toEqual({ at: 0, label: '0:00' });
    },
  );

  it('counts minutes and seconds', () => {
    expect(clock(150_000)).toBe('2:30');
  });
});

describe('a curve', () => {
  it('breaks at gaps and still shows a single point', () => {
    const path = String(line([{ x: 0, y: 0 }, { x: 0.1, y: 1 }, null, { x: 0.5, y: 0.5 }, null], 'p99'));
    expect(path).toContain('d="M0 1000h0L100 0M500 500h0"');
  });
});
