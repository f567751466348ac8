/** The contract of a kind of claim. Adding one: docs/add-a-claim.md. */
import type { ClientRole } from '../src/formats/timetable.ts';
import type { SubjectKind } from '../src/formats/claims.ts';
import type { PlanClaim, PlanOperation, PlanPhase, PlanRegion, RunPlan } from '../src/formats/plan.ts';
import type { Measured } from './measures/measured.ts';
import type { WriteHistory } from './measures/versions.ts';
import type { RequestTally } from './tally.ts';
import type { JudgedRow } from './row.ts';

/**
 * What a claim is judged by, and so how it is written and drawn:
 *   share   so many of so many are bad, and at most a share of them may be
 *   time    an interval in which an instant lies, against a limit
 *   count   so many of so many things are wrong, and at most a number of them may be
 */
export type EvidenceShape = 'share' | 'time' | 'count';

/** How people limit it under `limits:` of an experiment, where its value is a number in the unit that its name says. */
export interface ExperimentLimit {
  key: string;
  unit: 'seconds' | 'ms' | 'share' | 'count';
  /** For the schema that editors show. */
  describe: string;
  /** `recovery time 25 s`, as `plan` lists it. */
  words(value: number): string;
}

/** A limit that becomes a claim by itself, with the title that this gives it. */
export interface ClaimedLimit extends ExperimentLimit {
  title(value: number): string;
  phase: Exclude<PlanPhase['name'], 'warm-up'>;
  /** The most things that may be wrong, whatever the value; left out, the value itself. */
  most?: number;
  /** The regions it is judged for. */
  regions: 'hurt' | 'hurt replicas' | 'evacuated' | 'all';
}

interface KindBase {
  evidence: EvidenceShape;
  /** What its claims may be about; the first where nothing is said. */
  subjects: readonly [SubjectKind, ...SubjectKind[]];
  /** One thing that is looked at, and what a wrong one is: `write`, `lost`. */
  one: string;
  wrong: string;
}

/** Counts requests in time blocks. Most kinds of service levels are such. */
export interface RequestKind extends KindBase {
  counts: 'requests';
  evidence: 'share';
  /** Whether its claims have a limit in ms (`limitMs`). */
  isLimitedInMs: boolean;
  /** Whether a request is bad where it failed or took longer than such a limit: that is known once it has ended. */
  isBadAtOnce: boolean;
  /** Roles that count besides those of the claim's vantage, unless that is `client`. */
  alsoRoles: readonly ClientRole[];
  /** Whether a request counts for the region that it asked, or for its home region whoever was asked. */
  countsFor: 'asked' | 'home';
  /** Whether a request of this operation counts, if its class does. */
  takes(operation: PlanOperation, operations: readonly PlanOperation[]): boolean;
  /** Whether a region can be judged by it. */
  appliesTo(region: PlanRegion): boolean;
  /** The roles whose requests surely count, by which it is planned; null for all that count. */
  plannedBy: readonly ClientRole[] | null;
  /** The least that physics allows: what an answer takes on its way, the way of a write to a replica, nothing. */
  floor: 'path' | 'replication' | null;
  limit: ExperimentLimit | null;
  /** What its bad requests are: `failed`. */
  badWords(limitMs: number | null): string;
  /** Whether a request can only be counted once all writes are known (a second pass over the recording). */
  needsHistory: boolean;
  /** Counts one request for a cell. `history` is null unless the kind needs it. */
  counter(plan: RunPlan, claim: number, history: WriteHistory | null): (c: JudgedRow, tally: RequestTally) => void;
}

/**
 * What holds of a kind that counts requests where it says nothing else: every request counts, for the region it asked.
 */
export const ANY_REQUEST = {
  counts: 'requests',
  evidence: 'share',
  subjects: ['region', 'origin', 'tenant', 'version', 'target'],
  one: 'request',
  isLimitedInMs: false,
  isBadAtOnce: false,
  alsoRoles: [],
  countsFor: 'asked',
  takes: () => true,
  appliesTo: () => true,
  plannedBy: null,
  floor: null,
  limit: null,
  needsHistory: false,
} as const satisfies Partial<RequestKind>;

/** Is found by looking at what was measured (claims/measures), once all is recorded. */
export interface FindingKind extends KindBase {
  counts: 'findings';
  limit: ClaimedLimit;
  /** Whether a target may claim it of load alone; else it speaks of a fault. */
  isForLoad: boolean;
  /** Roles whose requests it looks at, and without which nothing can be found. */
  needs: readonly ClientRole[];
  /** The block of a target file that says how it is measured, and without which it cannot be claimed. */
  block?: string;
  find(asked: Asked, measured: Measured): Finding;
}

export type Kind = RequestKind | FindingKind;

/** A claim about one subject. */
export interface Asked {
  plan: RunPlan;
  claim: PlanClaim;
  /** Its index: of a region for most kinds (claims/subjects.ts). */
  subject: number;
}

export interface Finding {
  status: 'PASS' | 'FAIL' | 'INCONCLUSIVE';
  /** One sentence: why. */
  why: string;
  /** Things looked at, and the bad ones. */
  total: number;
  bad: number;
  /** Of a time: the interval in which it lies, ms; null where nothing is known of an end. */
  fromMs: number | null;
  valueMs: number | null;
}

/** What is said where nothing was found. */
export const NOTHING: Finding = {
  status: 'INCONCLUSIVE',
  why: 'Not tested: no fault is known for it.',
  total: 0,
  bad: 0,
  fromMs: null,
  valueMs: null,
};

/** `why` without the words that open it. */
export const untested = (why: string): Finding => ({ ...NOTHING, why: `Not tested: ${why}` });
