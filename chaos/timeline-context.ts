/** What the faults of a timeline share while it runs: options, clock and how to end it. */
import type { PlanExperiment, PlanFault } from '../src/formats/faults.ts';
import type { JournalEvent } from '../src/formats/journal.ts';
import type { Evacuator } from './evacuate.ts';
import type { Keeper } from './keeper.ts';
import type { Controls } from './points.ts';
import type { Planned } from './preflight.ts';

export interface LifecycleOptions {
  runId: string;
  runDir: string;
  experiment: PlanExperiment;
  controls: Controls;
  /**
   * `write` throws when the line cannot be written to disk; `note` does not: used where the run must continue anyway.
   */
  journal: Record<'write' | 'note', (event: JournalEvent) => void>;
  /** Called before the first fault: why nothing may be injected (the baseline broke a claim), or null. */
  baselineFailure(): string | null;
  /** Shows one line to the user. */
  log(line: string): void;
  /** Aborts the preparation. */
  signal?: AbortSignal;
}

/**
 * How a timeline ended. `keeper-lost`: the keeper ended while a fault was open. `guard`: a guard on the target's side
 * stopped a fault. `ended-early`: a fault ended by itself. `damaged`: a fault could not be confirmed cleared. All but
 * `done` and `aborted` end the run.
 */
export type TimelineEnd =
  | 'done'
  | 'aborted'
  | 'baseline-failed'
  | 'no-effect'
  | 'keeper-lost'
  | 'guard'
  | 'ended-early'
  | 'damaged';

export interface TimelineContext extends LifecycleOptions {
  faults: Planned[];
  keeper: Keeper;
  evacuation: Evacuator;
  /** Epoch ms of T0, once the timeline has begun. */
  t0: number;
  /** Why open faults are undone. */
  why: 'planned' | 'abort' | 'interrupt';
  /** Once it aborts, no further fault is started. */
  aborted: AbortSignal;
  /** Ends the timeline before its time; the first reason counts. */
  end(how: TimelineEnd): void;
}

/** Probes must see a fault take effect, and see it cleared, within this time, unless the fault allows more. */
export const SEEN_WITHIN_MS = 10_000;

export const isOpen = ({ faults }: TimelineContext): boolean => faults.some(({ state }) => state === 'open');

/** Whether a fault could not be confirmed cleared. */
export const isDamaged = ({ faults }: TimelineContext): boolean => faults.some(({ state }) => state === 'damaged');

/** Epoch ms as ms since T0, as the journal records it. */
export const sinceT0 = ({ t0 }: TimelineContext, epochMs: number | null): number | null =>
  epochMs === null ? null : epochMs - t0;

/** `region-outage ap-southeast-1 refused`. */
export const titleOf = ({ kind, params }: PlanFault): string =>
  [kind, ...Object.values(params).filter((value) => typeof value === 'string')].join(' ');
