/**
 * The journal, `journal.jsonl`: one line per transition of a run, numbered, fsynced before it takes effect. The
 * harness is its only writer. Times: `at` is wall-clock ISO, `ms` is since T0 (null before T0 is chosen).
 */
export interface JournalLine<E extends JournalEvent = JournalEvent> {
  seq: number;
  at: string;
  ms: number | null;
  event: E;
}

export type JournalEvent =
  | { kind: 'planned'; runId: string; rows: number }
  | { kind: 'world-up'; tookMs: number; pid: number }
  | { kind: 'lanes-calibrated'; lanes: LaneCalibration[] }
  | { kind: 'generator-started'; pid: number; tool: string }
  | { kind: 't0'; epochMs: number }
  | { kind: 'clock'; stepMs: number }
  | { kind: 'generator-health'; cpuSeconds: number; wallSeconds: number; rssBytes: number; cores: number }
  | { kind: 'stop-requested'; why: 'interrupt' | 'limit' | 'error'; message: string }
  | { kind: 'generator-ended'; exitCode: number | null; signal: string | null; message: string }
  | { kind: 'world-counters'; counters: RegionCounter[] }
  | { kind: 'ended'; cutShort: boolean };

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
