import { describe, expect, it } from 'vitest';
import { EARLY_MS, ReleaseClock } from './release-clock.ts';

/** Resolves with due and actual time of every release, in the order of the releases. */
function releases(delaysMs: number[]): Promise<{ dueMs: number; atMs: number }[]> {
  const clock = new ReleaseClock();
  return new Promise((resolve) => {
    const released: { dueMs: number; atMs: number }[] = [];
    for (const delayMs of delaysMs) {
      const dueMs = clock.now() + delayMs;
      clock.at(dueMs, () => {
        released.push({ dueMs, atMs: clock.now() });
        if (released.length === delaysMs.length) resolve(released);
      });
    }
  });
}

describe('ReleaseClock', () => {
  it('releases in order, never more than half a millisecond early', async () => {
    const delays = Array.from({ length: 300 }, (_, i) => ((i * 7919) % 1000) / 7);
    const released = await releases(delays);
    for (const { dueMs, atMs } of released) expect(atMs - dueMs).toBeGreaterThanOrEqual(-EARLY_MS);
    expect(released.map((one) => one.dueMs)).toEqual(released.map((one) => one.dueMs).toSorted((a, b) => a - b));
  });

  it('has a median no later than a busy machine makes it', async () => {
    const late = (await releases(Array.from({ length: 101 }, (_, i) => 5 + i * 2.37)))
      .map(({ dueMs, atMs }) => atMs - dueMs)
      .sort((a, b) => a - b);
    expect(late[50]!).toBeGreaterThan(-EARLY_MS);
    expect(late[50]!).toBeLessThan(20);
  });

  it('releases what is due at once, without a timer', () => {
    const clock = new ReleaseClock();
    const order: string[] = [];
    clock.at(clock.now(), () => {
      order.push('first');
      clock.at(clock.now(), () => order.push('scheduled by the first'));
    });
    order.push('after');
    expect(order).toEqual(['first', 'scheduled by the first', 'after']);
  });
});
