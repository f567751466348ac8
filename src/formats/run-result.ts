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
  /** One per fault of the experiment, in its order; empty for load runs. */
  faults: FaultFigures[];
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

/** Lag of one region's replica by the second, as clients saw it and as the target reported it. */
export interface ReplicaLag {
  region: string;
  /** Begin of each second, ms since T0; the next two have the same length, null where nothing says anything. */
  atMs: number[];
  /** How far behind the oldest read was that began in it. */
  seenMs: (number | null)[];
  reportedMs: (number | null)[];
  /** When the target's alert was seen to be on, ms since T0. */
  alerts: number[];
}

/** Writes of the ledger: what was said of them when they were sent, and who knows them at the end. */
export interface LedgerFigures {
  acknowledged: number;
  refused: number;
  /** Nobody knows whether they were written; `appeared` of them are known somewhere at the end. */
  unknown: number;
  appeared: number;
  /** Regions that could not be asked; and whether any could. */
  unread: string[];
  wasRead: boolean;
  /** Acknowledged writes that no region that was asked knows; null if none was asked. */
  lost: number | null;
  /** Acknowledged writes that one region knows and another that was asked does not: the most of any region. */
  divergent: number;
  /** How long before the first bite the oldest of the lost was acknowledged, ms; 0 if none was before it (RPO-time). */
  lostBeforeMs: number;
  /** Acknowledged writes that each region does not know. */
  behind: { region: string; missing: number }[];
}

/** Read-your-writes and monotonic reads in one region (reports/judge/sessions.ts), from the first judged phase on. */
export interface SessionFigures {
  region: string;
  /** Records written, read and deleted, one session each; and their reads that told which version they saw. */
  sessions: number;
  reads: number;
  /** Reads that lacked an own write or delete acknowledged before they began, and the longest after it, ms. */
  ownMissed: number;
  ownLongestMs: number;
  /** Reads begun later after an own acknowledgement than the limit on it, and those that lacked it; 0 without a limit. */
  lateReads: number;
  lateMissed: number;
  /** Reads that showed an older version than an earlier one of their session. */
  goingBack: number;
}

/** Edits of carts, who won at the end, and when each region showed what the others had written while a fault lasted. */
export interface CartFigures {
  acknowledged: number;
  refused: number;
  /** Nobody knows whether they were written. */
  unknown: number;
  /** Acknowledged edits of which it is not known what their writers had seen or made: they did not say. */
  unclear: number;
  /** Lines of the recording about carts that are malformed, say a thing twice or speak of no edit. */
  ignored: number;
  /** Edits acknowledged while a fault lasted (first t0 to last t1), which is what convergence is about. */
  during: number;
  /** Carts that differ between the regions at the end; null if fewer than two regions could be asked. */
  differing: number | null;
  /** From the last t1 to the final reads, ms; null without either. */
  readAfterMs: number | null;
  /** In the order of the plan. */
  regions: CartRegion[];
}

/** What one region made of the carts. */
export interface CartRegion {
  region: string;
  /** Whether it could be asked at the end. */
  wasRead: boolean;
  /** Carts at the end with an acknowledged edit. Of these: the wrong ones, and those of which nobody can say it. */
  carts: number;
  wrong: number;
  unjudged: number;
  /** The wrong ones apart: lost to its own ancestor, holding nobody's write, gone. */
  ancestors: number;
  strangers: number;
  gone: number;
  /** Reads by clients of carts that it had to learn about, begun after the last t1. */
  reads: number;
  /** Such carts that clients read after the last t1 elsewhere, and never here. */
  unseen: number;
  /**
   * The interval, ms after the last t1, in which it came to show for good what the others had written: from the last read
   * without it (0 if there is none) to the first with it. `toMs` null: a last read still lacked it. Both null: not tested.
   */
  fromMs: number | null;
  toMs: number | null;
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
