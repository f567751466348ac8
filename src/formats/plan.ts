/**
 * The run plan, `plan.json`: everything about a run that is known before the first packet. Written by `src/plan`,
 * sealed with the run, read by judge and reports. Rows, clients and claims refer to regions, origins, operations and
 * tenants by index.
 */
import type { ClaimKind, SubjectKind } from './claims.ts';
import type { PlanExperiment } from './faults.ts';
import type { AccessShare } from './lanes.ts';
import type { DataSource } from './recording.ts';
import type { ClientRole, Cohort, Retries } from './timetable.ts';

/** Round trip from a city to the edge's point of presence there, ms, last mile not included. */
export const EDGE_RTT_MS = 4;

export const OPERATION_CLASSES = ['read', 'write', 'static', 'auth'] as const;
export type OperationClass = (typeof OPERATION_CLASSES)[number];

/**
 * Where a claim's requests come from. `client`: clients in cities (roles mix and topup), with everything that a user
 * waits for. `region`: probe clients in the region. `any`: both. Probes never replace clients: a region whose clients
 * sent nothing has not been tested.
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

/** Health checks of DNS: a region is removed from the answers after `threshold` failures in a row. */
export interface HealthCheck {
  intervalMs: number;
  threshold: number;
  /** When a hanging check fails, after its begin: `least` without a response, `most` without a connection. */
  hangsForMs: { least: number; most: number };
  /** Whether the interval counts from the begin of the check before, or from its end, so that timeouts add up. */
  intervalFrom: 'begin' | 'end';
}

export interface PlanOrigin {
  id: string;
  /** `city`: users. `region`: probe clients in a region, no lane. `control`: the harness's own echo. */
  kind: 'city' | 'region' | 'control';
  city: string;
  country: string;
  lat: number;
  lon: number;
  /** Share of the mix in this run, 0 for kinds other than city. Shares of all cities sum to 1. */
  share: number;
  /** Share of the population in population figures (equals `share` unless the run covers part of a day). */
  populationShare: number;
  /** Index of the region that is nearest by round trip. */
  homeRegion: number;
  /** Nominal round trip to each region by region index, ms, without last mile. */
  rttMs: number[];
  rttSource: ('modelled' | 'measured')[];
  /** Access networks of its users; a connection draws one. Empty for probes and control. */
  access: AccessShare[];
}

/** Regions that serve the same tenants, by law or by contract. */
export interface PlanJurisdiction {
  id: string;
  /** Indices into RunPlan.regions; every region is in one jurisdiction. */
  regions: number[];
  /** Sum of the weights of the tenants that are at home in it. */
  weight: number;
}

export interface PlanTenant {
  id: string;
  /** Index into RunPlan.jurisdictions; null where the profile gives tenants no home. */
  home: number | null;
  /** Its share of all visits, without regard to where they come from; all sum to 1. */
  weight: number;
}

/** A version of the API that responses may name. */
export interface PlanVersion {
  version: number;
  /** Expected share of the requests that it serves. */
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
  /** Whether it is sent to the region's API or to the edge. */
  via: 'region' | 'edge';
  /** Whether redirects within the same origin are followed. */
  redirects: 'follow' | 'none';
  /** Check of the body of responses with an expected 2xx status (`check:` of the target file); null for none. */
  answer: ResponseCheck | null;
  /** Whether it names its tenant: path, body or a header contains {tenant}. */
  isOfTenant: boolean;
}

/** All given checks must hold. Bodies are text, their length counted in UTF-16 units. */
export interface ResponseCheck {
  contains: string | null;
  /** A JavaScript regular expression. */
  matches: string | null;
  /** The value at a path such as `data.items.0.id`; without `equals` it must be there and not null. */
  json: { path: string; equals?: string | number | boolean | null } | null;
  maxBytes: number | null;
}

/** A phase of a run, by due time. Rows of phases that are not judged are recorded and shown. */
export interface PlanPhase {
  name: 'warm-up' | 'baseline' | 'fault' | 'recovery';
  fromMs: number;
  toMs: number;
  judged: boolean;
}

/**
 * The rows that one role sends from one origin in one phase: exact quotas, for the mix and for the declared extras. The
 * timetable holds exactly these rows; a journey is one row, whatever its steps.
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
 * One claim: of the target, or a limit of the experiment. claims/<kind>/kind.ts defines what counts as bad, and its
 * evidence.
 */
export interface PlanClaim {
  id: string;
  title: string;
  kind: ClaimKind;
  /** The classes of requests that it counts, for kinds that count requests. */
  classes: OperationClass[];
  vantage: Vantage;
  per: SubjectKind;
  gating: boolean;
  /** Largest bad share, e.g. 0.01 for a p99 claim; 0 where the evidence is not a share. */
  maxBadShare: number;
  /** As written, ms: latency, staleness, and every claim whose evidence is a time; null for the others. */
  limitMs: number | null;
  /** Whether the region's round trip to the primary is added to it (writes). */
  plusPrimaryRoundTrip: boolean;
  /** Allowed sources of the data, for kinds that name them; else left out. */
  sources?: DataSource[];
  /** Largest number of violations, where the evidence is a count; null for the others. */
  maxCount: number | null;
  /** The judged phases that it covers. Load runs have only `baseline`. */
  phase: PlanPhase['name'];
  /** Indices of the subjects that it is judged for (negative control: regions outside a blast radius); null = all. */
  only: number[] | null;
}

/**
 * A cell of a claim that counts requests: claim x region (or origin) in the judged phases. Per region, a row counts for
 * the region that it was sent to (RecordedRow.requestedRegion). A request to the edge, one that was never sent, and
 * every row of a home-share claim, counts for the home region of its origin.
 */
export interface PlanCell {
  /** Index into RunPlan.claims. */
  claim: number;
  /** Index of the subject, by the claim's `per`. */
  subject: number;
  /** Limit in ms for latency and staleness; null for the others. */
  limitMs: number | null;
  /** The lowest limit that distance and last mile allow at this vantage, ms; null where it does not apply. */
  floorMs: number | null;
  /** True if the floor is above the limit: the cell is INFEASIBLE. */
  infeasible: boolean;
  /** Requests the timetable holds for it in judged phases. */
  plannedRequests: number;
  /** Probability that a healthy target PASSes, and that one at three times the limit FAILs, with that many. */
  passProbability: number;
  failProbability: number;
  /** Seconds of judged load for a 97 % probability to PASS; null if no length is enough. */
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
    /** How names resolve: by the world's routing, or always to the nearest region. */
    routingMode: 'world' | 'nearest';
    ttlSeconds: number;
    /** As declared; null = unknown. */
    healthCheck: HealthCheck | null;
    /** Rate limit over all requests; null for a local world, which has none. */
    maxRatePerSecond: number | null;
  };
  lanes: 'emulate' | 'difference' | 'none';
  regions: PlanRegion[];
  origins: PlanOrigin[];
  operations: PlanOperation[];
  jurisdictions: PlanJurisdiction[];
  tenants: PlanTenant[];
  /** Share of visits by users outside their tenant's home; 0 where tenants have none. */
  travelShare: number;
  /** Empty where the target declares none. */
  versions: PlanVersion[];
  /** Retries by cohort. */
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
  /** null for load alone. */
  experiment: PlanExperiment | null;
  /** The operations of the role `session`; null without sessions. */
  session: SessionOperations | null;
  /** Base URL of the Grafana with this run's metrics, without a trailing slash; null if none was given. */
  grafanaUrl: string | null;
}

/** Indices of the operations of a session: a record is written, read, deleted and read again. */
export interface SessionOperations {
  write: number;
  read: number;
  delete: number;
}

/** A run beyond one of these limits is INVALID. */
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
  /** k6's CPU as a share of its cores, above which it is the bottleneck. */
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
