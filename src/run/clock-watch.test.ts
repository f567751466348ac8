import { afterEach, expect, test, vi } from 'vitest';
import { watchClock } from './clock-watch.ts';

afterEach(() => vi.restoreAllMocks());

test('a jump of the wall clock is reported with its step, a steady clock is not', async () => {
  const real = Date.now.bind(Date);
  let jumpMs = 0;
  vi.spyOn(Date, 'now').mockImplementation(() => real() + jumpMs);
  const steps: number[] = [];
  const watch = watchClock((step) => steps.push(step), 50);
  try {
    const untilMs = performance.now() + 300;
    await vi.waitFor(() => expect(performance.now()).toBeGreaterThan(untilMs));
    expect(steps).toEqual([]);
    jumpMs = 250;
    await vi.waitFor(() => expect(steps).toHaveLength(1), { timeout: 5_000 });
    expect(steps[0]).toBeGreaterThan(245);
    expect(steps[0]).toBeLessThan(255);
  } finally {
    watch.stop();
  }
});
