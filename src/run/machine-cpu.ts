/** CPU time of this machine that its hypervisor gave to other machines (steal, man 5 proc_stat). */
import { readFile } from 'node:fs/promises';

/** Since the machine started, over all its CPUs. */
export interface MachineCpu {
  ticks: number;
  stolenTicks: number;
}

/** Null where the system has no /proc/stat. */
export const machineCpu = (): Promise<MachineCpu | null> =>
  readFile('/proc/stat', 'utf8').then(machineCpuIn, () => null);

/** Null for a text that is not of /proc/stat. */
export function machineCpuIn(stat: string): MachineCpu | null {
  // user nice system idle iowait irq softirq steal; the guest times that follow are part of user and nice.
  const ticks = /^cpu +((?:\d+ ){7}\d+)/.exec(stat)?.[1]?.split(' ').map(Number);
  if (ticks === undefined) return null;
  return { ticks: ticks.reduce((sum, one) => sum + one), stolenTicks: ticks[7]! };
}

/** Share of the CPU time between the two that was stolen; null where it is unknown. */
export function stolenShare(before: MachineCpu | null, after: MachineCpu | null): number | null {
  if (before === null || after === null || after.ticks <= before.ticks) return null;
  return (after.stolenTicks - before.stolenTicks) / (after.ticks - before.ticks);
}
