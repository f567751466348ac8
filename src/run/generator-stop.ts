/** Stops the load early. Faults are reverted first. */
import type { TimelineEnd } from '../../chaos/timeline-context.ts';
import type { Lifecycle } from '../../chaos/timeline.ts';
import { type AntipodeError, brokenError } from '../errors.ts';
import type { Journal } from './journal.ts';
import type { Generator } from './k6.ts';

/** The state of the load. */
export interface Progress {
  /** Epoch ms of T0; null until k6 is ready. */
  t0: number | null;
  /** Why no load may be sent; null if it may. */
  refused: AntipodeError | null;
  /** A stop was requested. */
  stopped: boolean;
  /** k6 has exited. */
  over: boolean;
}

/** Stops the load; further calls do nothing. */
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
    // Faults are reverted first; that the load continues a little longer does no harm.
    const reverted = experiment?.abort(why === 'interrupt' ? 'interrupt' : 'abort') ?? Promise.resolve();
    void reverted.finally(() => void k6.stop());
  };
}

/** Ends of a timeline that stop the run, and their messages. */
const EXPERIMENT_ENDS: Partial<Record<TimelineEnd, Parameters<Stop>>> = {
  'baseline-failed': ['limit', 'a claim failed in the baseline, so no fault was injected'],
  'no-effect': ['error', 'a fault had no observable effect'],
  guard: ['limit', 'the target side stopped a fault'],
  'ended-early': ['error', 'a fault ended by itself'],
  'keeper-lost': ['error', 'the keeper exited by itself'],
  damaged: ['error', 'a fault could not be confirmed cleared'],
};

/** From now on Ctrl-C, the exit of lanes or world, a full disk and a failed experiment stop the load. */
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
