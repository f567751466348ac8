/**
 * The timeline of an experiment: every fault is started when it is due, observed in effect (inject.ts), undone, and
 * confirmed cleared (revert.ts). Every transition is journaled before it takes effect, and every fault is with the
 * keeper before it starts.
 */
import type { FisDriver } from './drivers/fis/driver.ts';
import { evacuator } from './evacuate.ts';
import { inject } from './inject.ts';
import type { Keeper } from './keeper.ts';
import type { Planned } from './preflight.ts';
import { revert } from './revert.ts';
import {
  isDamaged,
  isOpen,
  type LifecycleOptions,
  type TimelineContext,
  type TimelineEnd,
  titleOf,
} from './timeline-context.ts';

export interface Lifecycle {
  /** Starts the timeline; `t0` is epoch ms. */
  begin(t0: number): void;
  /** Whether a fault is open now. */
  readonly active: boolean;
  /** Whether a fault could not be confirmed cleared. */
  readonly damaged: boolean;
  /** Resolves when no fault is open and none will be; never rejects. */
  ended: Promise<TimelineEnd>;
  /** Undoes every open fault and starts no more. Resolves when that is confirmed or has failed. Idempotent. */
  abort(why: 'abort' | 'interrupt'): Promise<void>;
  /** Ends the keeper, which stops the faults that it still holds. */
  close(): Promise<void>;
}

/** The number under which the keeper holds the FIS templates of all faults (faults count from 1). */
export const TEMPLATES = 0;

/** Does nothing before `begin`. `close` also closes `fis`. */
export function timeline(
  options: LifecycleOptions,
  faults: Planned[],
  keeper: Keeper,
  fis: FisDriver | null,
): Lifecycle {
  const aborting = new AbortController();
  let early: TimelineEnd | null = null;
  let resolveEnded: (end: TimelineEnd) => void = () => {};
  const ended = new Promise<TimelineEnd>((resolve) => (resolveEnded = resolve));
  const evacuation = evacuator(options, aborting.signal, () => context.t0);
  const context: TimelineContext = {
    ...options,
    faults,
    keeper,
    evacuation,
    t0: 0,
    why: 'planned',
    aborted: aborting.signal,
    end(how) {
      early ??= how;
      void abort('abort');
    },
  };
  // Without a keeper nobody would undo an open fault if the harness died now.
  void keeper.exited.then(() => {
    if (isOpen(context)) context.end('keeper-lost');
  });

  async function abort(reason: 'abort' | 'interrupt'): Promise<void> {
    if (context.why === 'planned') context.why = reason;
    aborting.abort();
    await Promise.all(faults.map((fault) => revert(context, fault)));
    await evacuation.end(isDamaged(context));
  }

  return {
    get active() {
      return isOpen(context);
    },
    get damaged() {
      return isDamaged(context);
    },
    ended,
    abort,
    begin(instant) {
      context.t0 = instant;
      options.journal.note({ kind: 'state', state: 'BASELINE' });
      void Promise.all(faults.map((fault) => injectAndRevert(context, fault))).then(async () => {
        await evacuation.end(isDamaged(context));
        resolveEnded(isDamaged(context) ? 'damaged' : (early ?? (context.why === 'planned' ? 'done' : 'aborted')));
      });
    },
    async close() {
      await abort('abort');
      // Templates that could not be deleted stay with the keeper, which tries once more as it ends.
      if (await fis?.close()) await keeper.release(TEMPLATES).catch(() => {});
      await keeper.stop();
    },
  };
}

/** Never rejects. */
async function injectAndRevert(context: TimelineContext, fault: Planned): Promise<void> {
  try {
    await inject(context, fault);
  } catch (error) {
    // A fault that could not be started at all points was undone at all; what may remain is undone below.
    if (!context.aborted.aborted) {
      const message = error instanceof Error ? error.message : String(error);
      context.log(`${titleOf(fault.plan)}: ${message}`);
      context.journal.note({ kind: 'fault-failed', fault: fault.plan.number, message });
      context.end('no-effect');
    }
  }
  await revert(context, fault);
}
