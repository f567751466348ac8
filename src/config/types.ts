/**
 * Profiles (geo-profiles/*.yaml) and targets (targets/<name>/target.yaml) after parsing. Schemas: profile.ts and
 * target.ts.
 */
import type { FisTarget } from './fis-target.ts';
import type { DataBlocks } from './target-data.ts';
import type { LinkKind } from '../formats/faults.ts';
import type { Cohort, Retries } from '../formats/timetable.ts';
import type { AccessKind } from '../geo/access.ts';
import type { ResponseCheck, OperationClass, PlanClaim } from '../formats/plan.ts';

export interface Profile {
  name: string;
  title: string;
  /** Origins by city id of the atlas; shares sum to 1. */
  origins: ProfileOrigin[];
  /** Shares of clients by cohort; sum to 1. */
  cohorts: Record<Cohort, number>;
  /** Retries of each cohort after a failed request. */
  retries: Record<Cohort, Retries>;
  session: {
    /** Mean number of requests of a session (geometric) and median think time between them (lognormal). */
    meanRequests: number;
    thinkMedianMs: number;
    thinkSigmaLog: number;
  };
  arrivals: {
    /** Mean mix requests per second over the whole population. */
    ratePerSecond: number;
    /**
     * `uniform`: evenly spaced; `poisson`: a Poisson process with a fixed count; `day`: by each origin's day curve.
     */
    shape: 'uniform' | 'poisson' | 'day';
    /** For `day`: one day is compressed to this many seconds, starting at startUtcHour. */
    daySeconds: number | null;
    startUtcHour: number | null;
  };
  /** Judged seconds; null lets `plan` choose. */
  durationSeconds: number | null;
  /** Shares by operation name of the target; sum to 1. */
  mix: Record<string, number>;
  tenants: {
    count: number;
    zipfExponent: number;
    /** Shares of tenants by jurisdiction of the target; sum to 1. null = tenants have no home. */
    homes: Record<string, number> | null;
    /** Share of visits by users outside their tenant's home. */
    travelShare: number;
  };
  /** Number of records that requests choose from, and how skewed the choice is. */
  keys: { count: number; zipfExponent: number };
}

export interface ProfileOrigin {
  city: string;
  share: number;
  /** Shares of access networks; sum to 1. */
  access: Partial<Record<AccessKind, number>>;
  /** Measured round trips by region id, ms; they override the model. */
  measuredRttMs: Record<string, number>;
}

export interface Target extends DataBlocks {
  name: string;
  title: string;
  environment: 'local' | 'staging' | 'production';
  /** A world's name (local reference system), or null when endpoints are given. */
  world: string | null;
  acknowledged: boolean;
  lanes: 'emulate' | 'difference' | 'none';
  regions: TargetRegion[];
  /** Base URL of static assets; null = the regions serve them. */
  edgeUrl: string | null;
  /** Regions that serve the same tenants, by name; every region is in exactly one. */
  jurisdictions: Record<string, string[]>;
  /** Versions of the API in responses, with the share of requests that each should serve. */
  versions: Record<string, number>;
  /** AWS region id of the write primary; null for none. */
  primary: string | null;
  routing: {
    mode: 'world' | 'nearest';
    ttlSeconds: number;
    /** Health checks of Route 53; null = unknown. */
    healthCheck: { intervalSeconds: 10 | 30; failureThreshold: number } | null;
  };
  operations: TargetOperation[];
  headers: Record<string, string>;
  /** Absolute paths of PEM files; the client certificate and its key are both set or both null. */
  tls: { caFile: string | null; certFile: string | null; keyFile: string | null };
  /** IP addresses by host (`hostKey`), used instead of DNS; never an empty list. */
  resolve: Record<string, string[]>;
  maxRatePerSecond: number;
  allowHosts: string[];
  observe: { region: string; source: string; version: string; recordVersion: string; serverTiming: string };
  claims: TargetClaim[];
  /** AWS resources that faults may be injected into, by region; null = none. */
  fis: FisTarget | null;
  /** Toxiproxies in front of your own target, and their proxies. */
  toxiproxies: TargetToxiproxy[];
}

export interface TargetToxiproxy {
  /** Base URL of its HTTP API. */
  control: string;
  links: TargetLink[];
}

/** One proxy, and what it is in front of. */
export interface TargetLink {
  proxy: string;
  kind: LinkKind;
  region: string;
  to: string | null;
  /** Set for a dependency; null for the other kinds. */
  name: string | null;
  /** Where this machine reaches it; null = its listen address. */
  reachedAt: { host: string; port: number } | null;
  probe: LinkProbe;
}

/** How the upstream of a link is probed; null = the default of its kind (chaos/points.ts). */
export interface LinkProbe {
  protocol: 'http' | 'redis' | 'postgres' | null;
  path: string | null;
  expect: number[] | null;
  tls: boolean | null;
  serverName: string | null;
  /** Absolute path. */
  caFile: string | null;
}

export interface TargetRegion {
  /** AWS region id (known to the atlas), or any id with `city`. */
  id: string;
  city: string | null;
  /** null for a world, which publishes its own. */
  url: string | null;
  replica: boolean;
}

export interface TargetOperation {
  name: string;
  class: OperationClass;
  method: string;
  path: string;
  body: string | null;
  headers: Record<string, string>;
  expect: number[];
  timeoutMs: number;
  via: 'region' | 'edge';
  redirects: 'follow' | 'none';
  answer: ResponseCheck | null;
  /** Name of a file in scenarios/journeys; then `steps` names operations, and method and path are unused. */
  journey: string | null;
  steps: string[];
}

/** A claim that has no phase yet. */
export type TargetClaim = Omit<PlanClaim, 'phase' | 'only'>;
