import { expect, test } from 'vitest';
import { machineCpu, machineCpuIn, stolenShare } from './machine-cpu.ts';

const STAT = 'cpu  100 5 50 800 10 1 4 30 0 0\ncpu0 50 2 25 400 5 0 2 15 0 0\nintr 1\n';

test('CPU time is read from /proc/stat, over all CPUs', async () => {
  expect(machineCpuIn(STAT)).toEqual({ ticks: 1_000, stolenTicks: 30 });
  expect(machineCpuIn('')).toBeNull();
  expect((await machineCpu())!.ticks).toBeGreaterThan(0);
});

test('the stolen share is that between two readings', () => {
  const before = { ticks: 1_000, stolenTicks: 30 };
  expect(stolenShare(before, { ticks: 1_400, stolenTicks: 40 })).toBe(0.025);
  expect(stolenShare(before, before)).toBeNull();
  expect(stolenShare(null, before)).toBeNull();
});
