import { describe, expect, it } from 'vitest';
import { lagAlert } from './lag-monitor.ts';

/** The alert as it stands after each of these lags, 200 ms apart. */
const seen = (lags: number[]): boolean[] => {
  const isAlert = lagAlert();
  return lags.map((lagMs, i) => isAlert(lagMs, i * 200));
};

describe('the lag alert', () => {
  it('fires when the lag has been above 500 ms for a second, and clears when it has been below for a second', () => {
    const alert = seen([100, ...Array.from({ length: 8 }, () => 600), ...Array.from({ length: 8 }, () => 100)]);
    expect(alert.indexOf(true)).toBe(6);
    expect(alert.lastIndexOf(true)).toBe(13);
  });

  it('does not fire on a peak, or on several peaks with pauses between them', () => {
    expect(seen([100, 600, 600, 600, 600, 100, 600, 600, 600, 600, 500, 900])).not.toContain(true);
  });
});
