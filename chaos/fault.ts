/** The contract of a fault kind (DESIGN section 8). Adding one: docs/add-a-fault.md. */
import type { z } from 'zod';
import type { ClientHarm, FaultId, FaultKind, FaultPoint, FaultSite, Reading, Undo } from '../src/formats/faults.ts';

/** `guard`: something on the target's side stopped it on purpose, and the experiment ends as by a guard of ours. */
export interface UnaskedEnd {
  guard: string | null;
  message: string;
}

export interface Fault<P> {
  kind: FaultKind;
  /** One sentence for `plan` and reports. */
  title: string;
  params: z.ZodType<P>;
  /** The sites that a fault with these parameters breaks, of those a target has; a reason in words if it lacks them. */
  select(sites: FaultSite[], params: P): FaultSite[] | string;
  /** Ids of the regions it names; people can be taken out of the first. `all`: every region that has what it breaks. */
  regions(params: P): [string, ...string[]] | 'all';
  /**
   * What clients must feel of it, or it tested nothing; null where they need feel nothing (a cache that is bypassed,
   * say).
   */
  hurts(params: P): ClientHarm | null;
  /** Whether whoever asks waits for a time-out, instead of being refused, reset or answered. */
  hangs(params: P): boolean;
  /** What will be done at each point: plain data, journaled and with the keeper before `start`. Changes nothing. */
  prepare(points: FaultPoint[], params: P, id: FaultId): Promise<Undo[]>;
  /** Injects at all points or, if one fails, at none. */
  start(undo: Undo[], signal: AbortSignal): Promise<void>;
  /** Undoes. Idempotent; works after a crash and on half a start. Rejects if a point could not be undone. */
  stop(undo: Undo[]): Promise<void>;
  /** What faults of ours are found at these points, by name alone. */
  leftovers(points: FaultPoint[]): Promise<Undo[]>;
  /** How long after start and stop it may take until it is seen, ms; left out: ten seconds. */
  seenWithinMs?: number;
  /**
   * Resolves with how a fault that runs came to its end without having been told to (a stop alarm, say); null once
   * `signal` aborts. Left out where that cannot happen.
   */
  endsByItself?(undo: Undo[], signal: AbortSignal): Promise<UnaskedEnd | null>;
  /** One look from outside, past the control plane; never rejects. */
  probe(point: FaultPoint, params: P): Promise<Reading>;
  /**
   * Why no look at a point could tell whether it bites, from a reading before it: a sentence, or null. Left out where
   * every look can.
   */
  unseen?(params: P, before: Reading): string | null;
  /** Whether the fault bites, from a reading before it and one now. Pure. */
  inEffect(params: P, before: Reading, now: Reading): 'yes' | 'no' | 'unknown';
}
