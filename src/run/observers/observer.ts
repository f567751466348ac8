/** The contract of what observes a target beside the load. Adding one: a file here, and its line in index.ts. */
import type { Profile, Target } from '../../config/types.ts';
import type { JournalEvent } from '../../formats/journal.ts';
import type { RunPlan } from '../../formats/plan.ts';
import type { ClientRole } from '../../formats/timetable.ts';
import type { WorldFile } from '../../formats/world-file.ts';
import type { Upstreams } from '../upstreams.ts';

/** What a run offers to those who observe its target. */
export interface ObservedRun {
  plan: RunPlan;
  profile: Profile;
  target: Target;
  /** Null for a target with addresses. */
  world: WorldFile | null;
  upstreams: Upstreams;
}

/** Begins to observe, just before the load; null where this run has nothing of the kind to see. */
export type Observer = (run: ObservedRun) => Observation | null;

export interface Observation {
  /**
   * What was seen, for the journal, once the load has ended; what cannot be had is left out, and the judge says what
   * that means. `t0` in epoch ms, null when nothing was sent.
   */
  finish(t0: number | null): Promise<JournalEvent[]>;
  /** Ends without a word, when the run breaks. */
  stop(): void;
}

/** One that looks only once the load has ended. */
export const afterwards = (look: () => Promise<JournalEvent[]>): Observation => ({ finish: look, stop: () => {} });

/** Whether the run sends anything in this role. */
export const sends = ({ plan }: Pick<ObservedRun, 'plan'>, role: ClientRole): boolean =>
  plan.streams.some((stream) => stream.role === role);
