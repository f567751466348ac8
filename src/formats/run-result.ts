/**
 * The run result, `result.json`: what the judge concluded and the figures that reports draw. Derived from sealed files
 * alone, so it can be made again at any time. Renderers read nothing but this and the plan.
 */
import type { CartFigures, LedgerFigures, ReplicaLag, SessionFigures } from './data-figures.ts';
import type { EvacuationFigures } from './evacuation.ts';
import type { FisOutcome } from './fis.ts';
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
    | 'generator-resources'
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

/** The first answer was had before the load (ms null); further ones where they were other ones. */
export interface NameAnswers {
  name: string;
  /** ms since T0. `addresses` are what connections were spread over from then on; `error` says why DNS gave none. */
  answers: { ms: number | null; addresses: string[]; error: string | null }[];
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
  /** Of requests of clients at home here: share whose client was still waiting for an earlier one. */
  blockedShare: (number | null)[];
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
  /** What the client library said, or what was wrong with the answer; '' for nothing. */
  text: string;
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
  /** Versions of the target's servers and of what they stand on, by name; empty where nobody told. */
  servers: Record<string, string>;
  /** What happened to requests beside the verdict: redirects, steps of journeys never sent, attempts held back. */
  answers: string[];
  /** What DNS said of the target's names; empty where the target file, or a world, gives the addresses. */
  names: NameAnswers[];
  notTested: string[];
  /** One per fault of the experiment, in its order; empty for load runs. */
  faults: FaultFigures[];
  /** What became of the evacuation; null for an experiment that declares none. */
  evacuation: EvacuationFigures | null;
  /** Writes that were looked for at the end; null where the run kept no such ledger. */
  ledger: LedgerFigures | null;
  /** Carts that every region edited; null where the run edited none. */
  carts: CartFigures | null;
  /** What sessions saw of their own records, one entry per region; empty where the run had none. */
  sessions: SessionFigures[];
  /** Of every replica; empty for load runs. */
  lag: ReplicaLag[];
  /** The journal in words, ms since T0 (null before T0 was chosen); empty for load runs. */
  journal: { ms: number | null; text: string }[];
}

/** What one fault did, by the journal (bite and healing) and by client rows alone (everything else). Times in ms. */
export interface FaultFigures {
  number: number;
  kind: string;
  /** E.g. `region-outage ap-southeast-1 (refused)`. */
  title: string;
  /** Since T0: when it was asked to start, seen to bite, asked to stop, seen to be gone; null = did not happen. */
  askedMs: number | null;
  t0Ms: number | null;
  revertMs: number | null;
  t1Ms: number | null;
  /** What FIS did of it; null where nothing went through FIS. */
  fis: FisOutcome | null;
  /** One entry per region the experiment may hurt; definitions: reports/judge/failover-clock.ts. */
  regions: RegionFailover[];
}

export interface RegionFailover {
  region: string;
  /** People (mix and top-up) at home here: their requests due between t0 and t1, the bad ones, and those whose client was still waiting for an earlier one. */
  requests: number;
  bad: number;
  clientBlocked: number;
  /** Of the requests, those that took more than one attempt; `bad` says how the last one ended. */
  retried: number;
  /** Whether enough rows came for a clock: nine a second in a cohort that a change of routing can move. */
  timed: boolean;
  /** The same for what comes after the heal, of all that come back by themselves (`fresh` and `ttl`) together. */
  timedAfter: boolean;
  /** Cohorts that its times leave out because nobody promised them another region. */
  apart: string[];
  /** Cohorts that the region's times leave out for want of rows. */
  untimed: string[];
  /** End of the first bad request after t0; null if none was. Since t0, as everything down to t99Ms. */
  timeToImpactMs: number | null;
  /** End of the first request answered well elsewhere. */
  ttdMs: number | null;
  /** Recovery lies between the last bad and the first of the sustained good requests; null = not before t1. Both 0 = nothing to recover from. */
  rtoFromMs: number | null;
  rtoToMs: number | null;
  /** Until so much of what clients at home here ask is answered well elsewhere. */
  t50Ms: number | null;
  t90Ms: number | null;
  t99Ms: number | null;
  /** Since t1 (of the last of the faults that overlap): served at home again as before, and errors and share over the headline limit as before. */
  failBackMs: number | null;
  recoveryMs: number | null;
  /** How long clients were watched after it; and whether a baseline says what "as before" is. */
  watchedMs: number;
  hasBaseline: boolean;
  /** Whether answers of the baseline named the home region: without that nothing is known of fail-back. */
  namesRegions: boolean;
  cohorts: CohortFailover[];
}

/** One cohort of a region (or its writes, whatever the cohort), with clock clients. Times since t0. */
export interface CohortFailover {
  cohort: string;
  /** Due between t0 and t1. */
  requests: number;
  bad: number;
  timed: boolean;
  rtoFromMs: number | null;
  rtoToMs: number | null;
  /** Shares over time of requests that ended in, or hung through, the second that begins at `atMs` (since T0). */
  curve: { atMs: number[]; elsewhereShare: (number | null)[]; badShare: (number | null)[] };
}
