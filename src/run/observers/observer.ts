/**
 * The contract of observers of a target during and after the load. Adding one: a file here, and its line in index.ts.
 */
import type { Profile, Target } from '../../config/types.ts';
import type { JournalEvent } from '../../formats/journal.ts';
import type { RunPlan } from '../../formats/plan.ts';
import type { ClientRole } from '../../formats/timetable.ts';
import type { WorldFile } from '../../formats/world-file.ts';
import type { Upstreams } from '../upstreams.ts';

/** What an observer gets of a run. */
export interface ObservedRun {
  plan: RunPlan;
  profile: Profile;
  target: Target;
  /** Null for your own target. */
  world: WorldFile | null;
  upstreams: Upstreams;
}

/** Starts to observe, just before the load; null where it does not apply to the run. */
export type Observer = (run: ObservedRun) => Observation | null;

export interface Observation {
  /**
   * The observations, for the journal, after the load. What could not be observed is left out; the judge decides what
   * that means. `t0` is epoch ms, null when nothing was sent.
   */
  finish(t0: number | null): Promise<JournalEvent[]>;
  /** Stops without observations, when the run fails. */
  stop(): void;
}

/** An observation that is made only after the load. */
export const afterLoad = (observe: () => Promise<JournalEvent[]>): Observation => ({
  finish: observe,
  stop: () => {},
});

/** Whether the run sends anything in this role. */
export const sends = ({ plan }: Pick<ObservedRun, 'plan'>, role: ClientRole): boolean =>
  plan.streams.some((stream) => stream.role === role);

/** Share of the target's rate limit that an observer uses. */
export const LIMIT_SHARE = 0.5;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Keys of the profile that are observed: the most popular ones, `max` at most. */
export const keysOf = ({ keys }: Profile, max: number): number[] =>
  Array.from({ length: Math.min(max, keys.count) }, (_, i) => i + 1);
