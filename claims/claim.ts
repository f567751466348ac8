/** The contract of a kind of claim. Adding one: docs/add-a-claim.md. */
import type { ClientRole } from '../src/formats/timetable.ts';
import type { SubjectKind } from '../src/formats/claims.ts';
import type { PlanClaim, PlanOperation, PlanPhase, PlanRegion, RunPlan } from '../src/formats/plan.ts';
import type { Measured } from './measures/measured.ts';
import type { WriteHistory } from './measures/versions.ts';
import type { RequestTally } from './tally.ts';
import type { JudgedRow } from './row.ts';

/**
 * The evidence that a claim is judged by. It decides how the result is reported and charted.
 *   share   bad items as a share of all, against a maximum
 *   time    a time that is known within bounds, such as a recovery time, against a maximum
 *   count   the number of bad items, against a maximum
 */
export type EvidenceShape = 'share' | 'time' | 'count';

/** A limit that an experiment file may set under `limits:`. */
export interface ExperimentLimit {
  /** Its name there; it ends in `Seconds` or `Ms` if it has that unit. */
  key: string;
  unit: 'seconds' | 'ms' | 'share' | 'count';
  /** Description in the JSON Schema; editors show it. */
  describe: string;
  /** `RTO 25 s`, as `plan` lists it. */
  words(value: number): string;
}

/** The limit of a kind that counts requests, judged during the fault. */
export interface RequestLimit extends ExperimentLimit {
  /**
   * How the claim for the affected regions is made from a limit in ms. Omitted for `latency` and `staleness`, whose
   * claims src/plan/experiment-claims.ts makes.
   */
  claim?: { title(value: number): string; maxBadShare: number };
}

/** The limit of a kind that evaluates figures. Its claim is made from these fields. */
export interface ClaimedLimit extends ExperimentLimit {
  title(value: number): string;
  phase: Exclude<PlanPhase['name'], 'warm-up'>;
  /** Maximum number of bad items, if that is not the value of the limit. */
  fixedMaxCount?: number;
  /** The regions it is judged for. */
  regions: 'affected' | 'affected replicas' | 'evacuated' | 'all';
}

interface KindBase {
  evidence: EvidenceShape;
  /** Allowed subjects; the first is the default. */
  subjects: readonly [SubjectKind, ...SubjectKind[]];
  /** Noun for one counted item: `write`. */
  item: string;
  /** Label for bad items: `lost`, `stale`. */
  badName: string;
  /** Reports show the share of good items; true: the share of bad items, because the limit is stated that way. */
  isBadShareShown?: true;
}

/** Counts requests in time blocks. Most service levels are of this kind. */
export interface RequestKind extends KindBase {
  judges: 'requests';
  evidence: 'share';
  /** Whether its claims have a limit in ms (`limitMs`). */
  isLimitedInMs: boolean;
  /** Whether its claims list the allowed sources of the data (`sources`). */
  namesSources: boolean;
  /**
   * Whether bad means only "failed or took longer than the limit", so that it can be judged during the run, and a
   * failing baseline stops the experiment.
   */
  isJudgedLive: boolean;
  /** Roles that count in addition to those of the claim's vantage, unless the vantage is `client`. */
  alsoRoles: readonly ClientRole[];
  /** Whether a request counts for the region it was sent to, or always for the home region of its client. */
  countsFor: 'requested' | 'home';
  /** Whether requests of this operation count. Asked only for operations of the claim's classes (read, write …). */
  takes(operation: PlanOperation, operations: readonly PlanOperation[]): boolean;
  /** Whether the claim can be judged for a region. */
  appliesTo(region: PlanRegion): boolean;
  /**
   * Roles whose requests are certain to count. The planner estimates the evidence from these alone; if it is too
   * little, it adds requests of the first role. Null: all roles that count.
   */
  plannedRoles: readonly ClientRole[] | null;
  /**
   * What bounds the limit from below: the round trip of a request, the time that a write needs to reach a replica, or
   * nothing. A cell whose limit is below it is INFEASIBLE.
   */
  floor: 'round-trip' | 'replication' | null;
  limit: RequestLimit | null;
  /** What its bad requests did, after `35 of 1,254 requests`: `failed`, `were served by another region`. */
  badWords(limitMs: number | null): string;
  /** Whether a request can only be counted once all writes are known (a second pass over the recording). */
  needsHistory: boolean;
  /**
   * Returns the function that counts one request in the tally of a cell. `history` is null unless the kind needs it.
   */
  counter(plan: RunPlan, claimIndex: number, history: WriteHistory | null): (c: JudgedRow, tally: RequestTally) => void;
}

/** Defaults of a kind that counts requests: every request counts, for the region it was sent to. */
export const ANY_REQUEST = {
  judges: 'requests',
  evidence: 'share',
  subjects: ['region', 'origin', 'tenant', 'version', 'target'],
  item: 'request',
  isLimitedInMs: false,
  namesSources: false,
  isJudgedLive: false,
  alsoRoles: [],
  countsFor: 'requested',
  takes: () => true,
  appliesTo: () => true,
  plannedRoles: null,
  floor: null,
  limit: null,
  needsHistory: false,
} as const satisfies Partial<RequestKind>;

/** Evaluates what was measured (claims/measures) after the whole recording has been read. */
export interface FindingKind extends KindBase {
  judges: 'figures';
  limit: ClaimedLimit;
  /** Whether a target file may claim it for runs without a fault. */
  isForLoad: boolean;
  /** Whether it says nothing about a run with a fault, so that experiments leave it out. */
  isForLoadAlone?: true;
  /** Roles whose requests it evaluates; the planner adds them to the run. Empty: it needs no extra requests. */
  needs: readonly ClientRole[];
  /** Whether it also needs clock requests in affected regions whose own users send too few. */
  needsClockIfFew?: true;
  /** The block of a target file that configures its measurement. Without it the claim is a configuration error. */
  block?: string;
  find(cell: ClaimCell, measured: Measured): Finding;
}

export type Kind = RequestKind | FindingKind;

/** The claim and the subject to judge. */
export interface ClaimCell {
  plan: RunPlan;
  claim: PlanClaim;
  /** Index of the subject; for most kinds, of a region (claims/subjects.ts). */
  subject: number;
}

export interface Finding {
  status: 'PASS' | 'FAIL' | 'INCONCLUSIVE';
  /** The reason, in complete sentences. */
  why: string;
  /** Items evaluated, and the bad ones among them. */
  total: number;
  bad: number;
  /**
   * Bounds of the measured time, ms; null if unknown, or if the evidence is not `time`. If they are known, PASS needs
   * `toMs` within the limit and FAIL needs `fromMs` beyond it. A FAIL with both null: it never came.
   */
  fromMs: number | null;
  toMs: number | null;
}

/** The finding where no fault applies to the subject. */
export const NO_FAULT: Finding = {
  status: 'INCONCLUSIVE',
  why: 'Not tested: no fault applies to this subject.',
  total: 0,
  bad: 0,
  fromMs: null,
  toMs: null,
};

/** A finding without evidence. `why` is the rest of a sentence that begins with `Not tested:`. */
export const untested = (why: string): Finding => ({ ...NO_FAULT, why: `Not tested: ${why}` });
