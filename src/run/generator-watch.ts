/** Watches k6 during the load: its rows, its CPU and memory, and whether a guard stops the run. */
import { processUsage, type ProcessUsage } from './process-usage.ts';
import type { Progress, Stop } from './generator-stop.ts';
import type { Journal } from './journal.ts';
import { GENERATOR_CORES } from './k6.ts';
import { type MachineCpu, machineCpu, stolenShare } from './machine-cpu.ts';
import type { RecordingTail } from './recording-tail.ts';

const TICK_MS = 500;

interface Watched {
  progress: Progress;
  pid: number;
  tail: RecordingTail;
  journal: Journal;
  stop: Stop;
  guard: (nowMs: number) => string | null;
  onTick(nowMs: number): void;
}

export interface GeneratorWatch {
  stop(): void;
  /** Rejects with the first error while watching. Writes CPU and memory of k6 and steal since T0, if there was a T0. */
  finish(): Promise<void>;
}

/** Reads rows and usage twice a second, until it is stopped. */
export function watchGenerator({ progress, pid, tail, journal, stop, guard, onTick }: Watched): GeneratorWatch {
  let usage: ProcessUsage | null = null;
  let usageAtStart: ProcessUsage | null = null;
  let machineAtStart: MachineCpu | null = null;
  let busy = false;
  let failure: Error | undefined;

  const tick = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    const now = await processUsage(pid);
    // A process that has just exited has no memory any more.
    if (now && now.rssBytes > 0) usage = now;
    if (progress.t0 !== null && Date.now() >= progress.t0) {
      usageAtStart ??= usage;
      machineAtStart ??= await machineCpu();
    }
    await tail.read();
    if (progress.t0 !== null) checkGuard(Date.now() - progress.t0);
    busy = false;
  };
  const checkGuard = (nowMs: number): void => {
    onTick(nowMs);
    const violation = guard(nowMs);
    if (!violation) return;
    if (!progress.stopped && !progress.over)
      journal.note({ kind: 'guard', guard: 'outside-bad-share', message: violation });
    stop('limit', violation);
  };
  const timer = setInterval(() => {
    tick().catch((error: unknown) => {
      failure ??= error instanceof Error ? error : new Error(String(error));
    });
  }, TICK_MS);

  return {
    stop: () => clearInterval(timer),
    async finish() {
      clearInterval(timer);
      await tail.read();
      if (failure) throw failure;
      if (progress.t0 === null || !usageAtStart || !usage) return;
      journal.write({
        kind: 'generator-health',
        cpuSeconds: usage.cpuSeconds - usageAtStart.cpuSeconds,
        wallSeconds: Math.max(0.001, (Date.now() - progress.t0) / 1000),
        rssBytes: usage.rssBytes,
        cores: GENERATOR_CORES,
        stealShare: stolenShare(machineAtStart, await machineCpu()),
      });
    },
  };
}
