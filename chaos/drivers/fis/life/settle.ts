/** Waiting for what FIS does in its own time: states that come, and listings that lag behind. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Fis } from '../client/client.ts';
import { isFisFailure } from '../client/errors.ts';
import { isTerminal } from '../format.ts';
import type { FisExperiment } from '../client/wire.ts';

export interface Patience {
  /** Between two looks. */
  everyMs: number;
  withinMs: number;
  signal?: AbortSignal | undefined;
}

/** What was just made may not be known everywhere in FIS for so long (Chaos Toolkit waits 5 s). */
const UNKNOWN_FOR_MS = 15_000;

/**
 * Looks at an experiment until it is as wanted. Null if that did not happen in time; rejects if FIS cannot be asked at
 * the end of it, or the signal aborts. One look that fails is not the end.
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

/** Does it again while FIS does not know yet what was just made. */
export async function onceKnown<T>(attempt: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (const deadlineMs = Date.now() + UNKNOWN_FOR_MS; ;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isFisFailure(error, 'absent') || Date.now() > deadlineMs) throw error;
      await pause(500, undefined, signal ? { signal } : {});
    }
  }
}
