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
  /** Names of `K6_*` variables of the shell that were not passed to k6. */
  | { kind: 'environment-ignored'; names: string[] }
  /** `versions`: of its servers and of its host, by name. */
  | { kind: 'world-up'; tookMs: number; pid: number; versions?: Record<string, string> }
  /** DNS answers for the target's names: all before the load, changed ones during it. */
  | { kind: 'names-resolved'; names: ResolvedName[] }
  | { kind: 'lanes-calibrated'; lanes: LaneCalibration[] }
  /** This machine ran out of ports or file handles, `count` times since the last such line. */
  | ({ kind: 'generator-exhausted' } & GeneratorExhausted)
  | { kind: 'generator-started'; pid: number; tool: string }
  | { kind: 't0'; epochMs: number }
  | { kind: 'clock'; stepMs: number }
  | {
      kind: 'generator-health';
      cpuSeconds: number;
      wallSeconds: number;
      rssBytes: number;
      cores: number;
      /** Share of the machine's CPU time that its hypervisor gave to others; null or absent where it is unknown. */
      stealShare?: number | null;
    }
  | { kind: 'stop-requested'; why: 'interrupt' | 'limit' | 'error'; message: string }
  | { kind: 'generator-ended'; exitCode: number | null; signal: string | null; message: string }
  | { kind: 'world-counters'; counters: RegionCounter[] }
  /** Data of an observer for the kind of claim `of`, which defines its schema. */
  | { kind: 'observation'; of: string; seen: unknown }
  | { kind: 'state'; state: ExperimentState }
  | { kind: 'fault-intent'; fault: number; faultKind: FaultKind; params: Record<string, unknown>; undo: Undo[] }
  /** Every control call has returned; `spreadMs` from the first call to the last response. */
  | { kind: 'fault-started'; fault: number; spreadMs: number }
  /**
   * t0, `sinceT0Ms`: the first instant at which the fault is in effect at every point; null for no observable effect.
   */
  | { kind: 'fault-bites'; fault: number; bites: boolean; sinceT0Ms: number | null; readings: PointReading[] }
  /** It could not be started, or ended without having been stopped. */
  | { kind: 'fault-failed'; fault: number; message: string }
  | { kind: 'fault-revert'; fault: number; why: 'planned' | 'abort' | 'interrupt' }
  /** t1, `sinceT0Ms`: the first instant at which the fault is cleared at every point; null if that was not observed. */
  | { kind: 'fault-gone'; fault: number; gone: boolean; sinceT0Ms: number | null; readings: PointReading[] }
  /** The targets of FIS in one region by its preview, which breaks nothing. */
  | { kind: 'fis-preview'; fault: number; place: FisPlace; region: string; targets: string[]; doubts: string[] }
  /** The ended FIS experiments of a fault; in their last known state where FIS did not respond. */
  | ({ kind: 'fis-ended'; fault: number } & FisOutcome)
  /**
   * The evacuation: `asked` when the step begins, `done` when it has responded or failed, `undone` after the undo.
   * `tookMs` is the duration of the step, `sinceT0Ms` its begin (`asked`) or end.
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
  /** After the load: the rows of the ledger in each region; null without a valid response, and why. */
  | { kind: 'final-reads'; regions: { region: string; rows: number[] | null; failure?: string }[] }
  /** After the load: the carts of each region; null without a valid response for one of them, and why. */
  | { kind: 'final-carts'; regions: { region: string; carts: FinalCart[] | null; failure?: string }[] }
  | { kind: 'world-truth'; events: WorldTruth[] }
  /** Replica lag that the target's own dashboard reported during the run, twice a second. */
  | { kind: 'lag-reports'; samples: LagSample[] }
  | { kind: 'ended'; cutShort: boolean };

export interface ResolvedName {
  name: string;
  /** Addresses for new connections; after an error the previous ones. */
  addresses: string[];
  /** Why the look-up failed, such as ENOTFOUND; null if it did not. */
  error: string | null;
}

/** Where a resource ran out: dialling, or accepting a client. */
export type ExhaustedWhere = 'dial' | 'accept';

export interface GeneratorExhausted {
  /** EADDRNOTAVAIL, EMFILE, ENFILE or ENOBUFS. */
  errno: string;
  where: ExhaustedWhere;
  count: number;
}

/**
 * States of an experiment. PREFLIGHT before the load, BASELINE until the first fault, ACTIVE during a fault, REVERTING
 * while the last one is reverted, RECOVERING until the end of the load. ABORTED: a guard or the user stopped it. SWEPT:
 * written by the keeper, in its own file.
 */
export type ExperimentState = 'PREFLIGHT' | 'BASELINE' | 'ACTIVE' | 'REVERTING' | 'RECOVERING' | 'ABORTED' | 'SWEPT';

export interface PointReading extends Reading {
  /** Name of the site. */
  point: string;
  /** The request of the probe: `GET http://127.0.0.1:18080/health`. */
  probe?: string;
}

/** A cart after the load. */
export interface FinalCart {
  key: number;
  /** Rows of this run whose markers (`<run>.<row>`) it contains, so whose writes won; null without such a cart. */
  rows: number[] | null;
  clock: VectorClock;
}

/** An event of a world by its own clock: a cross-check of the failover clock, never used for a verdict. */
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

/** Requests of this run as the target counted them; null region is the edge. */
export interface RegionCounter {
  region: string | null;
  requests: number;
}
