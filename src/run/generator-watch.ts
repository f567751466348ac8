/**
 * Looks at k6 while it plays: its rows as they come, its CPU and memory, and whether the guard says that it must end.
 */
import { processUsage, type ProcessUsage } from './process-usage.ts';
import type { Progress, Stop } from './generator-stop.ts';
import type { Journal } from './journal.ts';
import { GENERATOR_CORES } from './k6.ts';
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
  /** Rejects with what went wrong while it watched. Writes what k6 took from T0 on, if there was a T0. */
  finish(): Promise<void>;
}

/** Looks twice a second, until it is stopped. */
export function watchGenerator({ progress, pid, tail, journal, stop, guard, onTick }: Watched): GeneratorWatch {
  let usage: ProcessUsage | null = null;
  let usageAtStart: ProcessUsage | null = null;
  let busy = false;
  let failure: Error | undefined;

  const tick = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    const now = await processUsage(pid);
    // A process that has just ended has no memory any more.
    if (now && now.rssBytes > 0) usage = now;
    if (progress.t0 !== null && Date.now() >= progress.t0) usageAtStart ??= usage;
    await tail.read();
    if (progress.t0 !== null) lookAt(Date.now() - progress.t0);
    busy = false;
  };
  const lookAt = (nowMs: number): void => {
    onTick(nowMs);
    const crossed = guard(nowMs);
    if (!crossed) return;
    if (!progress.stopped && !progress.over)
      journal.note({ kind: 'guard', guard: 'outside-bad-share', message: crossed });
    stop('limit', crossed);
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
      });
    },
  };
}
