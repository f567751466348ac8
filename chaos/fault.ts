/** The contract of a fault kind (DESIGN section 8). Adding one: docs/add-a-fault.md. */
import type { z } from 'zod';
import type { ClientHarm, FaultId, FaultKind, FaultPoint, FaultSite, Reading, Undo } from '../src/formats/faults.ts';

/** A fault that ended before it was stopped. `guard`: a guard on the target's side stopped it, such as a stop alarm. */
export interface EarlyEnd {
  guard: string | null;
  message: string;
}

export interface Fault<P> {
  kind: FaultKind;
  /** One sentence for `plan` and reports. */
  title: string;
  params: z.ZodType<P>;
  /** The target's sites at which a fault with these parameters acts, or a sentence that says which are missing. */
  select(sites: FaultSite[], params: P): FaultSite[] | string;
  /** Ids of the affected regions; an evacuation moves users out of the first. `all`: every region that has a site. */
  regions(params: P): [string, ...string[]] | 'all';
  /**
   * The effect that clients must see, or the fault tested nothing; null where they may see none (a cache that is
   * bypassed, for example).
   */
  hurts(params: P): ClientHarm | null;
  /** Whether requests hang until they time out, instead of being refused, reset or answered. */
  hangs(params: P): boolean;
  /** Plain data for each point, journaled and handed to the keeper before `start`. Changes nothing. */
  prepare(points: FaultPoint[], params: P, id: FaultId): Promise<Undo[]>;
  /** Injects at all points or, if one fails, at none. */
  start(undo: Undo[], signal: AbortSignal): Promise<void>;
  /** Undoes. Idempotent; works after a crash and on half a start. Rejects if a point could not be undone. */
  stop(undo: Undo[]): Promise<void>;
  /** Antipode's faults at these points, found by name alone. */
  leftovers(points: FaultPoint[]): Promise<Undo[]>;
  /** How long after start and stop the effect may take to show, ms; default: 10 s. */
  seenWithinMs?: number;
  /**
   * Resolves when a running fault ends without having been stopped (by a stop alarm, for example); null once `signal`
   * aborts. Left out where that cannot happen.
   */
  endsByItself?(undo: Undo[], signal: AbortSignal): Promise<EarlyEnd | null>;
  /** One probe from outside, independent of the control plane; never rejects. */
  probe(point: FaultPoint, params: P): Promise<Reading>;
  /**
   * Why no probe of a point can tell whether the fault is in effect, given a reading before it: a sentence, or null.
   * Left out where every probe can.
   */
  unobservable?(params: P, before: Reading): string | null;
  /** Whether the fault is in effect, from a reading before it and one now. Pure. */
  inEffect(params: P, before: Reading, now: Reading): 'yes' | 'no' | 'unknown';
}
