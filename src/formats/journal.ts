/**
 * The journal, `journal.jsonl`: one line per transition of a run, numbered, fsynced before it takes effect. The
 * harness is its only writer. Times: `at` is wall-clock ISO, `ms` is since T0 (null before T0 is chosen).
 */
import type { FaultKind, Reading, Undo } from './faults.ts';
import type { FisOutcome, FisPlace } from './fis.ts';
import type { VectorClock } from './vector-clock.ts';

export interface JournalLine<E extends JournalEvent = JournalEvent> {
  seq: number;
  at: string;
  ms: number | null;
  event: E;
}

export type JournalEvent =
  | { kind: 'planned'; runId: string; rows: number }
  /** `K6_*` variables of the shell that were kept from k6, by name. */
  | { kind: 'environment-ignored'; names: string[] }
  /** `versions`: of its servers and of what it stands on, by name. */
  | { kind: 'world-up'; tookMs: number; pid: number; versions?: Record<string, string> }
  /** What DNS said of the target's names: before the load of all, during it of those whose answer is another one. */
  | { kind: 'names-resolved'; names: ResolvedName[] }
  | { kind: 'lanes-calibrated'; lanes: LaneCalibration[] }
  /** This machine had no port or file handle left, `count` times since the last such line. */
  | ({ kind: 'generator-exhausted' } & GeneratorExhausted)
  | { kind: 'generator-started'; pid: number; tool: string }
  | { kind: 't0'; epochMs: number }
  | { kind: 'clock'; stepMs: number }
  | { kind: 'generator-health'; cpuSeconds: number; wallSeconds: number; rssBytes: number; cores: number }
  | { kind: 'stop-requested'; why: 'interrupt' | 'limit' | 'error'; message: string }
  | { kind: 'generator-ended'; exitCode: number | null; signal: string | null; message: string }
  | { kind: 'world-counters'; counters: RegionCounter[] }
  /** What an observer saw beside the load; who judges by it (`of`, a kind of claim) knows what it looks like. */
  | { kind: 'observation'; of: string; seen: unknown }
  | { kind: 'state'; state: ExperimentState }
  | { kind: 'fault-intent'; fault: number; faultKind: FaultKind; params: Record<string, unknown>; undo: Undo[] }
  /** Every control call has returned; `spreadMs` from the first call to the last answer. */
  | { kind: 'fault-started'; fault: number; spreadMs: number }
  /** t0, `sinceT0Ms`: the first instant at which every point is seen to suffer; null when it did not bite. */
  | { kind: 'fault-bites'; fault: number; bites: boolean; sinceT0Ms: number | null; readings: PointReading[] }
  /** It could not be started, or came to its end without having been told to. */
  | { kind: 'fault-failed'; fault: number; message: string }
  | { kind: 'fault-revert'; fault: number; why: 'planned' | 'abort' | 'interrupt' }
  /** t1, `sinceT0Ms`: the first instant at which no point is seen to suffer any more; null when that was not seen. */
  | { kind: 'fault-gone'; fault: number; gone: boolean; sinceT0Ms: number | null; readings: PointReading[] }
  /** What a preview says that FIS would hit in one region; nothing was broken for it. */
  | { kind: 'fis-preview'; fault: number; place: FisPlace; region: string; targets: string[]; doubts: string[] }
  /** The FIS experiments of a fault have ended (or, where they could not be asked, are as they were last seen). */
  | ({ kind: 'fis-ended'; fault: number } & FisOutcome)
  /**
   * The evacuation: `asked` for, `done` when it answered or was given up, `undone` when that was tried. `tookMs` is of
   * the step itself, `sinceT0Ms` when it was asked for or over.
   */
  | {
      kind: 'evacuation';
      step: 'asked' | 'done' | 'undone';
      ok: boolean;
      sinceT0Ms: number;
      tookMs: number;
      message: string;
    }
  | { kind: 'guard'; guard: string; message: string }
  /** After the load: which rows of the ledger each region knows; null where it did not say, and what it did instead. */
  | { kind: 'final-reads'; regions: { region: string; rows: number[] | null; failure?: string }[] }
  /** After the load: the carts of each region; null where it did not say one of them. */
  | { kind: 'final-carts'; regions: { region: string; carts: FinalCart[] | null; failure?: string }[] }
  | { kind: 'world-truth'; events: WorldTruth[] }
  /** What the target's own dashboard said of its replicas during the run, twice a second. */
  | { kind: 'lag-reports'; samples: LagSample[] }
  | { kind: 'ended'; cutShort: boolean };

export interface ResolvedName {
  name: string;
  /** What connections are spread over; after an error as they were before. */
  addresses: string[];
  /** Why DNS gave none this time, such as ENOTFOUND; null if it did. */
  error: string | null;
}

/** Where something ran out: dialling out, or accepting a client. */
export type ExhaustedWhere = 'dial' | 'accept';

export interface GeneratorExhausted {
  /** EADDRNOTAVAIL, EMFILE, ENFILE or ENOBUFS. */
  errno: string;
  where: ExhaustedWhere;
  count: number;
}

/**
 * States of an experiment. PREFLIGHT before the load, BASELINE until the first fault, ACTIVE while one is open,
 * REVERTING while the last is being undone, RECOVERING until the end of the load. ABORTED: a guard or a person ended
 * it. SWEPT: written by the keeper, in its own file.
 */
export type ExperimentState = 'PREFLIGHT' | 'BASELINE' | 'ACTIVE' | 'REVERTING' | 'RECOVERING' | 'ABORTED' | 'SWEPT';

export interface PointReading extends Reading {
  /** Name of the site. */
  point: string;
  /** What was asked of it where: `GET http://127.0.0.1:18080/health`. */
  probe?: string;
}

/** A cart at the end. */
export interface FinalCart {
  key: number;
  /** Rows of this run whose markers (`<run>.<row>`) it holds, so whose writes won; null when there is no such cart. */
  rows: number[] | null;
  clock: VectorClock;
}

/** What a world says it did, by its own clock: the truth that the failover clock is held against, never judged by. */
export interface WorldTruth {
  atEpochMs: number;
  /** E.g. `routing-switched`, `api-stopped`, `api-resumed`, `promoted`, `lag-alert`. */
  what: string;
  region: string | null;
  detail: string;
}

export interface LagSample {
  sinceT0Ms: number;
  replicas: { region: string; lagMs: number; alert: boolean }[];
}

/** One calibrated lane; the round trips are of echo requests on a warm connection, ms. */
export interface LaneCalibration {
  /** Indices into RunPlan.origins and RunPlan.regions; region -1 is the control echo. */
  origin: number;
  region: number;
  nominalMs: number;
  p50Ms: number;
  p99Ms: number;
  samples: number;
}

/** What the target itself counted of this run's requests; null region is the edge. */
export interface RegionCounter {
  region: string | null;
  requests: number;
}
