/**
 * The run plan, `plan.json`: everything about a run that is known before the first packet. Written by `src/plan`,
 * sealed with the run, read by everything right of the seal. Arrays are dictionaries: rows, clients and claims refer
 * to regions, origins, operations and tenants by index.
 */
import type { ClaimKind, SubjectKind } from './claims.ts';
import type { PlanExperiment } from './faults.ts';
import type { AccessShare } from './lanes.ts';
import type { ClientRole, Cohort, Retries } from './timetable.ts';

/** Round trip from a city to the edge's point of presence there, ms, last mile not included. */
export const EDGE_RTT_MS = 4;

export const OPERATION_CLASSES = ['read', 'write', 'static', 'auth'] as const;
export type OperationClass = (typeof OPERATION_CLASSES)[number];

/**
 * Where a claim's requests come from. `client`: clients in cities (roles mix and topup), everything the person waits
 * for. `region`: probe clients that stand in the region. `any`: both. Probes never make up for clients: a region whose
 * clients sent nothing has not been tested.
 */
export const VANTAGES = ['client', 'region', 'any'] as const;
export type Vantage = (typeof VANTAGES)[number];

export interface PlanRegion {
  id: string;
  city: string;
  lat: number;
  lon: number;
  /** Round trip from this region to the primary's, ms; 0 at the primary, null where the target has no primary. */
  rttToPrimaryMs: number | null;
  /** Whether its reads come from a replica (so that the staleness claim applies). */
  replica: boolean;
}

/** Health checks in front of a name: a region goes out of the answers after so many failures in a row. */
export interface HealthCheck {
  intervalMs: number;
  threshold: number;
  /**
   * When a check that hangs has failed, after its begin: where nobody answers, and where nobody accepts a connection.
   */
  hangsForMs: { least: number; most: number };
  /** What the interval counts from: the begin of the check before, or its end, so that time-outs add up. */
  intervalFrom: 'begin' | 'end';
}

export interface PlanOrigin {
  id: string;
  /** `city`: people live there. `region`: probe clients stand there, no lane. `control`: the harness's own echo. */
  kind: 'city' | 'region' | 'control';
  city: string;
  country: string;
  lat: number;
  lon: number;
  /** Share of the mix in this run, 0 for kinds other than city. Shares of all cities sum to 1. */
  share: number;
  /** People this city stands for in population figures (equals share where a profile says nothing else). */
  populationShare: number;
  /** Index of the region that is nearest by round trip. */
  homeRegion: number;
  /** Nominal round trip to each region by region index, ms, without last mile. */
  rttMs: number[];
  rttSource: ('modelled' | 'measured')[];
  /** Last miles of its people; a connection draws one. Empty for probes and control. */
  access: AccessShare[];
}

/** Regions that serve the same tenants, by law or by contract. */
export interface PlanJurisdiction {
  id: string;
  /** Indices into RunPlan.regions; every region is in one jurisdiction. */
  regions: number[];
  /** Weights of the tenants that are at home in it, together. */
  weight: number;
}

export interface PlanTenant {
  id: string;
  /** Index into RunPlan.jurisdictions; null where the profile gives tenants no home. */
  home: number | null;
  /** Share of all visits that would be its own if they came from everywhere alike; all sum to 1. */
  weight: number;
}

/** A version of the API that answers may name. */
export interface PlanVersion {
  version: number;
  /** Share of the requests that it is expected to answer. */
  share: number;
}

export interface PlanOperation {
  name: string;
  class: OperationClass;
  /** A journey is a TypeScript file in scenarios/journeys; each of its steps is an operation of its own. */
  kind: 'request' | 'journey';
  method: string;
  /** Path with {key} and {tenant}. */
  path: string;
  /** Body template with {key}, {tenant}, {row}; null for none. */
  body: string | null;
  headers: Record<string, string>;
  expect: number[];
  timeoutMs: number;
  /** For a journey: indices of the operations of its steps, in order. */
  steps: number[];
  /** Where it goes: the region's API, or the edge. */
  via: 'region' | 'edge';
  /** Whether redirects within the same address are followed. */
  redirects: 'follow' | 'none';
  /** What an answer with an expected 2xx status must hold besides; null for nothing. */
  answer: AnswerCheck | null;
  /** Whether it says whose it is: path, body or a header holds {tenant}. */
  isOfTenant: boolean;
}

/** All that is given must hold. Bodies are text, their length counted in UTF-16 units. */
export interface AnswerCheck {
  contains: string | null;
  /** A JavaScript regular expression. */
  matches: string | null;
  /** The value at a path such as `data.items.0.id`; without `equals` it must be there and not null. */
  json: { path: string; equals?: string | number | boolean | null } | null;
  maxBytes: number | null;
}

/** Name of the pieces of a run, by due time. Rows of unjudged phases are recorded and shown, never judged. */
export interface PlanPhase {
  name: 'warm-up' | 'baseline' | 'fault' | 'recovery';
  fromMs: number;
  toMs: number;
  judged: boolean;
}

/**
 * What one role sends from one origin in one phase: exact quotas, for the mix and for the declared extras alike. The
 * timetable holds just these rows; a journey is one row, whatever its steps.
 */
export interface PlanStream {
  role: ClientRole;
  /** Indices into RunPlan.origins and RunPlan.phases. */
  origin: number;
  phase: number;
  /** Rows by operation index. */
  requests: number[];
}

/**
 * One claim, resolved: of the target, or a limit of the experiment. What a kind counts as bad, and what its evidence
 * is, says claims/<kind>/kind.ts.
 */
export interface PlanClaim {
  id: string;
  title: string;
  kind: ClaimKind;
  /** Of kinds that count requests: which. */
  classes: OperationClass[];
  vantage: Vantage;
  per: SubjectKind;
  gating: boolean;
  /** The most that may be bad, e.g. 0.01 for a p99 claim; 0 where the evidence is no share. */
  maxBadShare: number;
  /** As written, ms: latency, staleness, and every claim whose evidence is a time; null for the others. */
  limitMs: number | null;
  /** Whether the region's round trip to the primary is added to it (writes). */
  plusPrimaryRoundTrip: boolean;
  /** The most things that may be wrong, where the evidence is a count; null for the others. */
  maxCount: number | null;
  /** The judged phases it speaks of. Load runs have `baseline` alone. */
  phase: PlanPhase['name'];
  /** Indices of the only subjects it is judged for (negative control: regions outside a blast radius); null = all. */
  only: number[] | null;
}

/**
 * One verdict to come on a claim that counts requests: claim x region (or origin) in the judged phases. Per region, a
 * row counts for the region its client asked (RecordedRow.askedRegion); a request to the edge, or one that never got as
 * far as asking, and every row of a home-share claim, counts for the home region of its origin.
 */
export interface PlanCell {
  /** Index into RunPlan.claims. */
  claim: number;
  /** Index of the subject, by the claim's `per`. */
  subject: number;
  /** Limit in ms for latency and staleness; null for the others. */
  limitMs: number | null;
  /** The least latency that physics allows at this vantage, ms; null where it does not apply. */
  floorMs: number | null;
  /** True if the floor is above the limit: the cell is INFEASIBLE. */
  infeasible: boolean;
  /** Requests the timetable holds for it in judged phases. */
  plannedRequests: number;
  /** Probability that a healthy target PASSes and that one at three times the limit FAILs with that many. */
  passProbability: number;
  failProbability: number;
  /** Seconds of judged load that would give 97 % probability to PASS; null if none would. */
  secondsToDecide: number | null;
}

export interface RunPlan {
  version: 2;
  runId: string;
  createdAt: string;
  /** The command line that reproduces the run, seed included. */
  command: string;
  seed: number;
  quick: boolean;
  profile: { name: string; title: string };
  target: {
    name: string;
    /** The local world that stands in, or null for a real target. */
    world: string | null;
    defect: string | null;
    environment: string;
    /** `real` or `fast` health checks and TTL of the world's routing. */
    routingSpeed: 'real' | 'fast' | null;
    /** What clients are told: by the world's routing, or always the nearest region. */
    routingMode: 'world' | 'nearest';
    ttlSeconds: number;
    /** As declared; null = unknown. */
    healthCheck: HealthCheck | null;
    /** Requests that may reach it in a second, whatever they are; null for a local world, which has no owner to ask. */
    maxRatePerSecond: number | null;
  };
  lanes: 'emulate' | 'difference' | 'none';
  regions: PlanRegion[];
  origins: PlanOrigin[];
  operations: PlanOperation[];
  jurisdictions: PlanJurisdiction[];
  tenants: PlanTenant[];
  /** Share of visits by people who are outside their tenant's home; 0 where tenants have none. */
  travelShare: number;
  /** Empty where the target declares none. */
  versions: PlanVersion[];
  /** What each cohort does after a request that failed. */
  retries: Record<Cohort, Retries>;
  phases: PlanPhase[];
  streams: PlanStream[];
  durationMs: number;
  /** Mean arrival rate of mix requests over the run, per second. */
  ratePerSecond: number;
  /** Planned rows: all, and of the mix alone. */
  rows: number;
  mixRows: number;
  claims: PlanClaim[];
  cells: PlanCell[];
  validity: ValidityLimits;
  /** What is broken on purpose; null for load alone. */
  experiment: PlanExperiment | null;
  /** What the role `session` asks; null for load alone, and for a target that declares none. */
  session: SessionOperations | null;
  /** Base URL of the Grafana that shows this run's metrics, without a trailing slash; null where nobody named one. */
  grafanaUrl: string | null;
}

/** Indices of the operations of a session: a record is written, read, deleted and read again. */
export interface SessionOperations {
  write: number;
  read: number;
  delete: number;
}

/** Beyond these a run did not test its claims: INVALID. */
export interface ValidityLimits {
  /** p99 of generator lag per region, ms. */
  lagP99Ms: number;
  /** p99 of the control series (echo inside the harness), ms. */
  controlP99Ms: number;
  /** Largest step between wall and monotonic clock, ms. */
  clockStepMs: number;
  /** Total variation between the mix recorded and the mix planned. */
  mixTotalVariation: number;
  /** |p50 - nominal| of a calibrated lane, ms. */
  laneErrorMs: number;
  /** k6's CPU as a share of one core it may use before it is the bottleneck, times cores allowed. */
  generatorCpuShare: number;
}

export const DEFAULT_VALIDITY: ValidityLimits = {
  lagP99Ms: 20,
  controlP99Ms: 20,
  clockStepMs: 5,
  mixTotalVariation: 0.01,
  laneErrorMs: 2,
  generatorCpuShare: 0.9,
};
