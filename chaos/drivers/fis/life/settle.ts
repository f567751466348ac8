/** Waiting for FIS, which is asynchronous: for states of experiments, and for new resources to become visible. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Fis } from '../client/client.ts';
import { isFisFailure } from '../client/errors.ts';
import { isTerminal } from '../format.ts';
import type { FisExperiment } from '../client/wire.ts';

export interface Patience {
  /** Polling interval. */
  everyMs: number;
  withinMs: number;
  signal?: AbortSignal | undefined;
}

/** A new resource may not be visible everywhere in FIS for this long (Chaos Toolkit waits 5 s). */
const MAX_ABSENT_MS = 15_000;

/**
 * Polls an experiment until `isWanted`. Null if that did not happen in time; rejects if FIS is unreachable at the
 * deadline, or the signal aborts. A single failed poll is ignored.
 */
export async function watchExperiment(
  fis: Fis,
  id: string,
  isWanted: (experiment: FisExperiment) => boolean,
  { everyMs, withinMs, signal }: Patience,
): Promise<FisExperiment | null> {
  for (const deadlineMs = Date.now() + withinMs; ;) {
    signal?.throwIfAborted();
    const isLast = Date.now() >= deadlineMs;
    try {
      const experiment = await fis.experiment(id);
      if (isWanted(experiment)) return experiment;
      if (isLast) return null;
    } catch (error) {
      const isFleeting = isFisFailure(error, 'absent', 'throttled', 'server', 'timeout', 'unreachable');
      if (isLast || !isFleeting) throw error;
    }
    await pause(Math.min(everyMs, Math.max(0, deadlineMs - Date.now())), undefined, signal ? { signal } : {});
  }
}

export const hasEnded = ({ status }: Pick<FisExperiment, 'status'>): boolean => isTerminal(status);

/** Retries while a resource that was just created is not yet visible to FIS. */
export async function retryWhileAbsent<T>(attempt: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (const deadlineMs = Date.now() + MAX_ABSENT_MS; ;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isFisFailure(error, 'absent') || Date.now() > deadlineMs) throw error;
      await pause(500, undefined, signal ? { signal } : {});
    }
  }
}
