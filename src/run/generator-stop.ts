/** What ends the load before its time, and how: what is broken is mended first. */
import type { TimelineEnd } from '../../chaos/course.ts';
import type { Lifecycle } from '../../chaos/timeline.ts';
import { type AntipodeError, brokenError } from '../errors.ts';
import type { Journal } from './journal.ts';
import type { Generator } from './k6.ts';

/** How far the load has come. */
export interface Progress {
  /** Epoch ms of T0; null until k6 is ready. */
  t0: number | null;
  /** Why no load may be sent. */
  refused: AntipodeError | null;
  /** It was told to stop. */
  stopped: boolean;
  /** k6 has ended. */
  over: boolean;
}

/** Stops the load; only the first call does. */
export type Stop = (why: 'interrupt' | 'error' | 'limit', message: string) => void;

interface Load {
  progress: Progress;
  k6: Generator;
  journal: Journal;
  experiment: Lifecycle | null;
}

export function stopOf({ progress, k6, journal, experiment }: Load): Stop {
  return (why, message) => {
    if (progress.stopped || progress.over) return;
    progress.stopped = true;
    if (progress.t0 === null && why !== 'interrupt')
      progress.refused ??= brokenError({ what: `The run ended before the first request: ${message}` });
    journal.note({ kind: 'stop-requested', why, message });
    // What is broken is mended first; that the load went on a little longer hurts nobody.
    const mended = experiment?.abort(why === 'interrupt' ? 'interrupt' : 'abort') ?? Promise.resolve();
    void mended.finally(() => void k6.stop());
  };
}

/** Ends of a timeline that end the run, in words. */
const EXPERIMENT_ENDS: Partial<Record<TimelineEnd, Parameters<Stop>>> = {
  unfit: ['limit', 'the baseline broke a claim, so nothing was injected'],
  'no-bite': ['error', 'a fault did not bite'],
  guarded: ['limit', 'a fault was stopped on the side of the target'],
  'cut-short': ['error', 'a fault came to its end by itself'],
  unkept: ['error', 'the keeper of the faults ended by itself'],
  damaged: ['error', 'a fault could not be proven gone'],
};

/** From now on Ctrl-C, the loss of what the run needs, a full disk and the end of its experiment stop it. */
export function stopWhen(
  { signal, lost, journal, experiment }: Omit<Load, 'progress' | 'k6'> & { signal: AbortSignal; lost: Promise<string> },
  stop: Stop,
): void {
  signal.addEventListener('abort', () => stop('interrupt', String(signal.reason)), { once: true });
  if (signal.aborted) stop('interrupt', String(signal.reason));
  void lost.then((message) => stop('error', message));
  void journal.failed.then((error) => stop('error', error.message));
  void experiment?.ended.then((how) => {
    const end = EXPERIMENT_ENDS[how];
    if (end) stop(...end);
  });
}
