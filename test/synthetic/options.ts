/** What a synthetic run can be told to be. */
import type { ExperimentLimits } from '../../src/formats/faults.ts';
import type { JournalEvent } from '../../src/formats/journal.ts';
import type { PlanOperation, PlanOrigin, RunPlan } from '../../src/formats/plan.ts';
import type { RecordedRow } from '../../src/formats/recording.ts';
import type { ClientRole, Cohort, TimetableIndex } from '../../src/formats/timetable.ts';
import type { SyntheticCarts } from './carts.ts';

/** What a planted outcome may look at: everything that is known of a request before it is sent. */
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

/** Faults in one or more regions, after the judged load, which becomes their baseline. */
export interface SyntheticExperiment {
  /** Since the end of the baseline: asked then, undone then. The bite is seen 40 ms later, the healing 60 ms later. */
  faults: { atMs: number; forMs: number }[];
  /** Regions that may be hurt. */
  regions?: number[];
  limits?: ExperimentLimits;
  settleMs?: number;
  recoveryMs?: number;
  /** From when on there are clock clients, ms since T0, and how many requests a second of each city and cohort. */
  clockFromMs?: number;
  clockPerSecond?: number;
}

export const BITE_AFTER_MS = 40;

export const GONE_AFTER_MS = 60;

export interface SyntheticOptions {
  seed?: number;
  /** How many of the sixteen cities, and of the three regions, the run has. */
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
  /** How far each replica is behind, ms. */
  replicaLagMs?: number;
  /** Whose each row of the timetable is; the first tenant's where nothing is said. */
  tenantOf?: (row: number) => number;
  /** Lets sessions write, read and delete records of their own in every region; a deleted one reads 404. */
  sessions?: boolean;
  /** Makes it a run with faults: the journal says they came and went; what they did is for `plant` to say. */
  experiment?: SyntheticExperiment;
  /** Edits of carts from every region, in runs with faults. */
  carts?: SyntheticCarts;
  /** Changes the outcome of a request; what it returns wins over the drawn one. */
  plant?: (occasion: Occasion, drawn: Readonly<RecordedRow>) => Partial<RecordedRow> | undefined;
  /** Second attempts, 100 ms after the first: what differs from a good answer at home; undefined for none. */
  retry?: (occasion: Occasion, first: Readonly<RecordedRow>) => Partial<RecordedRow> | undefined;
  /** Changes the plan, the rows (in the order they are written) or the journal before they are written. */
  changePlan?: (plan: RunPlan) => void;
  changeRows?: (rows: RecordedRow[]) => RecordedRow[];
  changeJournal?: (events: { ms: number | null; event: JournalEvent }[]) => void;
  /** Text put at the end of the recording, e.g. a torn line. */
  tail?: string;
  /** Lines of other origin, put between the rows. */
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
