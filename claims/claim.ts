/** The contract of a kind of claim. Adding one: docs/add-a-claim.md. */
import type { ClientRole } from '../src/formats/timetable.ts';
import type { SubjectKind } from '../src/formats/claims.ts';
import type { PlanClaim, PlanOperation, PlanPhase, PlanRegion, RunPlan } from '../src/formats/plan.ts';
import type { Measured } from './measures/measured.ts';
import type { WriteHistory } from './measures/versions.ts';
import type { RequestTally } from './tally.ts';
import type { JudgedRow } from './row.ts';

/**
 * The evidence that a claim is judged by. It decides how the claim is written and drawn.
 *   share   the share of bad ones among all, against a maximum share
 *   time    the interval that contains an instant, against a limit
 *   count   the number of wrong ones among all, against a maximum number
 */
export type EvidenceShape = 'share' | 'time' | 'count';

/** Its key under `limits:` of an experiment. The value is a number in the unit that the name of the key ends with. */
export interface ExperimentLimit {
  key: string;
  unit: 'seconds' | 'ms' | 'share' | 'count';
  /** For the schema that editors show. */
  describe: string;
  /** `RTO 25 s`, as `plan` lists it. */
  words(value: number): string;
}

/** A limit in ms of a kind that counts requests, judged in the affected regions during the fault. */
export interface RequestLimit extends ExperimentLimit {
  /** Left out where the limit needs a claim of its own making (src/plan/experiment-claims.ts). */
  claim?: { title(value: number): string; maxBadShare: number };
}

/** A limit that becomes a claim of its own. */
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
  /** What its claims may be about; the first where nothing is said. */
  subjects: readonly [SubjectKind, ...SubjectKind[]];
  /** What is counted, and what bad ones are called: `write`, `lost`. */
  item: string;
  badName: string;
  /** Whether reports show the share of bad ones, which its limit names, in place of the share of good ones. */
  isBadShareShown?: true;
}

/** Counts requests in time blocks. Most service levels are of this kind. */
export interface RequestKind extends KindBase {
  counts: 'requests';
  evidence: 'share';
  /** Whether its claims have a limit in ms (`limitMs`). */
  isLimitedInMs: boolean;
  /** Whether its claims list the allowed sources of the data (`sources`). */
  namesSources: boolean;
  /** Whether a request is known to be bad as soon as it ends: it failed or took longer than the limit. */
  isBadAtOnce: boolean;
  /** Roles that count in addition to those of the claim's vantage, unless the vantage is `client`. */
  alsoRoles: readonly ClientRole[];
  /** Whether a request counts for the region it was sent to, or always for its home region. */
  countsFor: 'requested' | 'home';
  /** Whether a request of this operation counts, if its class does. */
  takes(operation: PlanOperation, operations: readonly PlanOperation[]): boolean;
  /** Whether the claim can be judged for a region. */
  appliesTo(region: PlanRegion): boolean;
  /**
   * Roles whose requests are certain to count; the planner estimates evidence from these alone, and sends more of the
   * first where it is too little. Null: every role that counts.
   */
  plannedRoles: readonly ClientRole[] | null;
  /** The physical minimum: the round trip of a request, the time that a write needs to reach a replica, or none. */
  floor: 'round-trip' | 'replication' | null;
  limit: RequestLimit | null;
  /** What its bad requests did, after `35 of 1,254 requests`: `failed`, `were served by another region`. */
  badWords(limitMs: number | null): string;
  /** Whether a request can only be counted once all writes are known (a second pass over the recording). */
  needsHistory: boolean;
  /** Counts one request for a cell. `history` is null unless the kind needs it. */
  counter(plan: RunPlan, claim: number, history: WriteHistory | null): (c: JudgedRow, tally: RequestTally) => void;
}

/** Defaults of a kind that counts requests: every request counts, for the region it was sent to. */
export const ANY_REQUEST = {
  counts: 'requests',
  evidence: 'share',
  subjects: ['region', 'origin', 'tenant', 'version', 'target'],
  item: 'request',
  isLimitedInMs: false,
  namesSources: false,
  isBadAtOnce: false,
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
  counts: 'findings';
  limit: ClaimedLimit;
  /** Whether a target may claim it for a load run; otherwise it needs a fault. */
  isForLoad: boolean;
  /** Roles whose requests it evaluates. Without them there is no finding. */
  needs: readonly ClientRole[];
  /** The block of a target file that configures its measurement. Without it the claim is a configuration error. */
  block?: string;
  find(judged: JudgedClaim, measured: Measured): Finding;
}

export type Kind = RequestKind | FindingKind;

/** A claim, and the subject that it is judged for. */
export interface JudgedClaim {
  plan: RunPlan;
  claim: PlanClaim;
  /** Index of the subject; for most kinds, of a region (claims/subjects.ts). */
  subject: number;
}

export interface Finding {
  status: 'PASS' | 'FAIL' | 'INCONCLUSIVE';
  /** One sentence: why. */
  why: string;
  /** Items evaluated, and the bad ones among them. */
  total: number;
  bad: number;
  /** For `time` evidence: both ends of the interval, ms; null where an end is unknown. The upper end is judged. */
  fromMs: number | null;
  valueMs: number | null;
}

/** The finding where no fault applies to the subject. */
export const NO_FAULT: Finding = {
  status: 'INCONCLUSIVE',
  why: 'Not tested: no fault applies to this subject.',
  total: 0,
  bad: 0,
  fromMs: null,
  valueMs: null,
};

/** A finding without evidence. `why` is the rest of a sentence that begins with `Not tested:`. */
export const untested = (why: string): Finding => ({ ...NO_FAULT, why: `Not tested: ${why}` });
