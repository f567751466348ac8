/** What the faults of a timeline share while it runs: what they were given, its clock, and what ends it. */
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
  /** `write` throws what keeps a line from the disk; `note` does not, for what must happen all the same. */
  journal: Record<'write' | 'note', (event: JournalEvent) => void>;
  /** Asked before the first fault: why nothing may be injected (the baseline broke a claim), or null. */
  unfit(): string | null;
  /** One line for people, as it happens. */
  say(line: string): void;
  /** Calls off what is being prepared. */
  signal?: AbortSignal;
}

/**
 * How a timeline ended. `unfit`, `no-bite`, `unkept` (the keeper ended while a fault was open), `guarded` (something on
 * the target's side stopped a fault), `cut-short` (one ended by itself) and `damaged` end the run; `aborted` was asked
 * for.
 */
export type TimelineEnd = 'done' | 'aborted' | 'unfit' | 'no-bite' | 'unkept' | 'guarded' | 'cut-short' | 'damaged';

export interface Course extends LifecycleOptions {
  faults: Planned[];
  keeper: Keeper;
  evacuation: Evacuator;
  /** Epoch ms of T0, once the timeline has begun. */
  t0: number;
  /** Why what is open is undone. */
  why: 'planned' | 'abort' | 'interrupt';
  /** Nothing more is started. */
  aborted: AbortSignal;
  /** Ends the timeline before its time; the first reason counts. */
  end(how: TimelineEnd): void;
}

/** Bite and healing must be seen within this long, unless the fault says that it takes longer. */
export const SEEN_WITHIN_MS = 10_000;

/** Whether a fault is open now. */
export const isOpen = ({ faults }: Course): boolean => faults.some(({ state }) => state === 'open');

/** Whether a fault could not be proven gone. */
export const isDamaged = ({ faults }: Course): boolean => faults.some(({ state }) => state === 'damaged');

/** An instant as the journal has it. */
export const sinceT0 = ({ t0 }: Course, epochMs: number | null): number | null =>
  epochMs === null ? null : epochMs - t0;

/** `region-outage ap-southeast-1 refused`. */
export const titleOf = ({ kind, params }: PlanFault): string =>
  [kind, ...Object.values(params).filter((value) => typeof value === 'string')].join(' ');
