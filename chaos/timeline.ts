/**
 * The timeline of an experiment: every fault is started when it is due, seen to bite (inject.ts), undone, and proven
 * gone (revert.ts). Every transition is in the journal before it takes effect, and every fault with the keeper before
 * it starts.
 */
import { type Course, isDamaged, isOpen, type LifecycleOptions, type TimelineEnd, titleOf } from './course.ts';
import type { FisDriver } from './drivers/fis/driver.ts';
import { evacuator } from './evacuate.ts';
import { inject } from './inject.ts';
import type { Keeper } from './keeper.ts';
import type { Planned } from './preflight.ts';
import { revert } from './revert.ts';

export interface Lifecycle {
  /** Starts the timeline; `t0` is epoch ms. */
  begin(t0: number): void;
  /** Whether a fault is open now. */
  readonly active: boolean;
  /** Whether a fault could not be proven gone. */
  readonly damaged: boolean;
  /** Resolves when no fault is open and none will be; never rejects. */
  ended: Promise<TimelineEnd>;
  /** Undoes everything that is open, starts nothing more. Resolves when that is proven or has failed. Idempotent. */
  abort(why: 'abort' | 'interrupt'): Promise<void>;
  /** Ends the keeper, which stops what it still holds. */
  close(): Promise<void>;
}

/**
 * What the keeper, which counts faults from 1, calls the templates of all of them: they break nothing, but would stay.
 */
export const TEMPLATES = 0;

/** Its life begins with `begin`; `fis` is closed with it, where faults go through FIS. */
export function timeline(
  options: LifecycleOptions,
  faults: Planned[],
  keeper: Keeper,
  fis: FisDriver | null,
): Lifecycle {
  const aborting = new AbortController();
  let early: TimelineEnd | null = null;
  let tellEnd: (end: TimelineEnd) => void = () => {};
  const ended = new Promise<TimelineEnd>((resolve) => (tellEnd = resolve));
  const evacuation = evacuator(options, aborting.signal, () => course.t0);
  const course: Course = {
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
  // A fault that nobody would undo if we died now is not kept open.
  void keeper.exited.then(() => {
    if (isOpen(course)) course.end('unkept');
  });

  async function abort(reason: 'abort' | 'interrupt'): Promise<void> {
    if (course.why === 'planned') course.why = reason;
    aborting.abort();
    await Promise.all(faults.map((fault) => revert(course, fault)));
    await evacuation.end(isDamaged(course));
  }

  return {
    get active() {
      return isOpen(course);
    },
    get damaged() {
      return isDamaged(course);
    },
    ended,
    abort,
    begin(instant) {
      course.t0 = instant;
      options.journal.note({ kind: 'state', state: 'BASELINE' });
      void Promise.all(faults.map((fault) => live(course, fault))).then(async () => {
        await evacuation.end(isDamaged(course));
        tellEnd(isDamaged(course) ? 'damaged' : (early ?? (course.why === 'planned' ? 'done' : 'aborted')));
      });
    },
    async close() {
      await abort('abort');
      // What could not be deleted the keeper tries once more, as it ends.
      if (await fis?.close()) await keeper.release(TEMPLATES).catch(() => {});
      await keeper.stop();
    },
  };
}

/** One fault from its instant to the proof that it is gone; never rejects. */
async function live(course: Course, fault: Planned): Promise<void> {
  try {
    await inject(course, fault);
  } catch (error) {
    // What could not be started on all points was started on none; what may be half there is undone below.
    if (!course.aborted.aborted) {
      const message = error instanceof Error ? error.message : String(error);
      course.say(`${titleOf(fault.plan)}: ${message}`);
      course.journal.note({ kind: 'fault-failed', fault: fault.plan.number, message });
      course.end('no-bite');
    }
  }
  await revert(course, fault);
}
