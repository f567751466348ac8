/**
 * The run result, `result.json`: what the judge concluded and the figures that reports draw. Derived from sealed files
 * alone, so it can be made again at any time. Renderers read nothing but this and the plan.
 */
import type { LaneCalibration, RegionCounter } from './journal.ts';
import type { OperationClass } from './plan.ts';

export const VERDICTS = ['PASS', 'FAIL', 'INCONCLUSIVE', 'INVALID', 'ABORTED', 'INFEASIBLE'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** A verdict on one cell. Shares are of bad events among total, with one-sided 95 % Clopper-Pearson bounds. */
export interface CellVerdict {
  claim: string;
  /** Region or origin id. */
  subject: string;
  gating: boolean;
  status: Exclude<Verdict, 'ABORTED'>;
  /** One sentence: why this status. */
  why: string;
  limitMs: number | null;
  floorMs: number | null;
  maxBadShare: number;
  total: number;
  bad: number;
  badShare: number | null;
  lowerShare: number | null;
  upperShare: number | null;
  /** Design effect by time blocks; counts are divided by it before the bounds. */
  designEffect: number;
  /** The quantile that the claim speaks of, ms (p99 of a 1 % claim), failed requests at +infinity = null. */
  valueMs: number | null;
  /** Requests that are lacking for a decision; 0 when decided, null when no number would settle it. */
  requestsLacking: number | null;
}

export interface ValidityCheck {
  id:
    | 'conservation'
    | 'target-counters'
    | 'generator-lag'
    | 'control-series'
    | 'clock'
    | 'mix'
    | 'calibration'
    | 'generator-cpu'
    | 'seal'
    | 'generator-exit';
  ok: boolean;
  value: string;
  limit: string;
  /** One sentence for people. */
  note: string;
}

/** Counts of every planned row: planned = recorded + notYetDue + interrupted + missing, and valid only if missing = 0. */
export interface Conservation {
  planned: number;
  recorded: number;
  notYetDue: number;
  interrupted: number;
  missing: number;
  doubled: number;
  unknown: number;
}

/** Figures of one series for display, latency in ms. Never averaged, never merged from percentiles. */
export interface Distribution {
  n: number;
  bad: number;
  p50: number | null;
  p90: number | null;
  p99: number | null;
  p999: number | null;
  max: number | null;
  /** Upper edges (ms, log-spaced) and counts of answered requests, for drawing. */
  edgesMs: number[];
  counts: number[];
}

export interface RegionSeries {
  region: string;
  /** Bucket starts, ms since T0, evenly spaced; the other arrays have the same length, null where nothing was due. */
  atMs: number[];
  ratePerSecond: (number | null)[];
  p50Ms: (number | null)[];
  p99Ms: (number | null)[];
  errorShare: (number | null)[];
  homeShare: (number | null)[];
}

/** Mean parts of the latency, ms: path (round trip and name look-up), connect, server, and waiting for the client itself. */
export interface LatencySplit {
  region: string;
  class: OperationClass;
  n: number;
  waitedMs: number;
  resolveMs: number;
  connectMs: number;
  pathMs: number;
  serverMs: number;
}

export interface OriginFigures {
  origin: string;
  home: string;
  n: number;
  /** Share of its reads answered well within 120 ms (the headline limit); the other figures are of reads too. */
  withinShare: number | null;
  p50Ms: number | null;
  p99Ms: number | null;
  /** The least a read can take from here by physics, ms. */
  floorMs: number;
  errorShare: number | null;
  /** p99 of the lane origin x region, by region index; null where nothing went. */
  laneP99Ms: (number | null)[];
  laneN: number[];
}

export interface WorstRequest {
  claim: string;
  subject: string;
  row: number;
  origin: string;
  region: string;
  served: string | null;
  operation: string;
  cohort: string;
  cold: boolean;
  dueMs: number;
  latencyMs: number;
  waitedMs: number;
  resolveMs: number;
  connectMs: number;
  pathMs: number;
  serverMs: number;
  status: number;
  error: string;
  traceId: string;
}

export interface RunResult {
  version: 1;
  runId: string;
  /** The verdict of the whole run; INFEASIBLE never stands here. */
  verdict: Exclude<Verdict, 'INFEASIBLE'>;
  exitCode: number;
  /** One sentence: why; and the one command or edit to do next ('' for PASS). */
  why: string;
  next: string;
  cutShort: boolean;
  judgedAt: string;
  startedAt: string | null;
  cells: CellVerdict[];
  validity: ValidityCheck[];
  conservation: Conservation;
  counters: RegionCounter[];
  calibration: LaneCalibration[];
  /** Share of the population whose reads were within the headline limit in 99 % of cases, and of all reads of the mix. */
  headline: { limitMs: number; populationShare: number; requestShare: number };
  origins: OriginFigures[];
  series: RegionSeries[];
  /** Client-side latency per region, all classes; and probe (vantage region) latency per region, reads. */
  clientLatency: Record<string, Distribution>;
  regionLatency: Record<string, Distribution>;
  split: LatencySplit[];
  worst: WorstRequest[];
  generator: {
    tool: string;
    lagP50Ms: number | null;
    lagP99Ms: number | null;
    lagMaxMs: number | null;
    clientBlockedShare: number;
    controlP99Ms: number | null;
    cpuShare: number | null;
    rssBytes: number | null;
  };
  notTested: string[];
}
