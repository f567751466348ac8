/** Options of a synthetic run. */
import type { ExperimentLimits } from '../../src/formats/faults.ts';
import type { JournalEvent } from '../../src/formats/journal.ts';
import type { PlanOperation, PlanOrigin, RunPlan } from '../../src/formats/plan.ts';
import type { RecordedRow } from '../../src/formats/recording.ts';
import type { ClientRole, Cohort, TimetableIndex } from '../../src/formats/timetable.ts';
import type { SyntheticCarts } from './carts.ts';

/** Input of a planted outcome: what is known of a request before it is sent. */
export interface Occasion {
  row: number;
  dueMs: number;
  step: number;
  role: ClientRole;
  cohort: Cohort;
  origin: PlanOrigin;
  operation: PlanOperation;
  home: number;
}

/** Faults in one or more regions, after the judged load, which is their baseline. */
export interface SyntheticExperiment {
  /** Start and stop, since the end of the baseline. Each is seen later: t0 by 40 ms, t1 by 60 ms. */
  faults: { atMs: number; forMs: number }[];
  /** Regions that may be affected. */
  regions?: number[];
  limits?: ExperimentLimits;
  settleMs?: number;
  recoveryMs?: number;
  /** Start of the clock clients, ms since T0, and their requests per second by city and cohort. */
  clockFromMs?: number;
  clockPerSecond?: number;
}

export const BITE_AFTER_MS = 40;

export const GONE_AFTER_MS = 60;

export interface SyntheticOptions {
  seed?: number;
  /** Number of the sixteen cities, and of the three regions, in the run. */
  cities?: number;
  regions?: number;
  ratePerSecond?: number;
  /** Probe reads and writes per region and second, tracer and control requests per second. */
  probesPerSecond?: number;
  warmUpMs?: number;
  judgedMs?: number;
  runId?: string;
  quick?: boolean;
  /** Stops the run at this instant, as Ctrl-C does. */
  stopAtMs?: number;
  /** Lag of each replica, ms. */
  replicaLagMs?: number;
  /** Tenant of each row of the timetable; the first tenant by default. */
  tenantOf?: (row: number) => number;
  /** Adds sessions that write, read and delete their own records in every region; a deleted one reads 404. */
  sessions?: boolean;
  /** Adds faults to the journal; `plant` defines their effect. */
  experiment?: SyntheticExperiment;
  /** Adds cart edits from every region, in runs with faults. */
  carts?: SyntheticCarts;
  /** Changes the outcome of a request; overrides the drawn one. */
  plant?: (occasion: Occasion, drawn: Readonly<RecordedRow>) => Partial<RecordedRow> | undefined;
  /** Retries, 100 ms after the first attempt: their difference from a good response at home; undefined for none. */
  retry?: (occasion: Occasion, first: Readonly<RecordedRow>) => Partial<RecordedRow> | undefined;
  /** Changes the plan, the rows (in recording order) or the journal before they are written. */
  changePlan?: (plan: RunPlan) => void;
  changeRows?: (rows: RecordedRow[]) => RecordedRow[];
  changeJournal?: (events: { ms: number | null; event: JournalEvent }[]) => void;
  /** Text appended to the recording, e.g. an incomplete line. */
  tail?: string;
  /** Foreign lines between the rows. */
  foreign?: string[];
  seal?: boolean;
}

export interface SyntheticRun {
  dir: string;
  plan: RunPlan;
  index: TimetableIndex;
  rows: RecordedRow[];
}

/** A small seeded generator (mulberry32), uniform in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export interface PlannedClient {
  origin: number;
  cohort: number;
  role: number;
  rows: { dueMs: number; operation: number; key: number }[];
}
