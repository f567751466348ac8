/**
 * `player.json`: the configuration of the player inside k6, besides the timetable. Written by `src/run`, read once by
 * `scenarios/player.ts`. It contains no secrets: header values keep their `${NAME}`, which the player fills from its
 * environment.
 */
import type { PlanOperation } from './plan.ts';
import type { Cohort, Retries } from './timetable.ts';

/**
 * Prefix of the names of secrets in k6's environment: a target may use any variable name, and one such as HTTPS_PROXY
 * or K6_DNS would change what is measured.
 */
export const SECRET_PREFIX = 'ANTIPODE_SECRET_';

export interface PlayerConfig {
  runId: string;
  /** 16 hex digits; a request's trace id is this followed by its row number in 16 hex digits. */
  tracePrefix: string;
  userAgent: string;
  timetable: string;
  /** `GET <harness>/start` blocks until T0 is chosen; `GET <harness>/resolve?origin=<index>` is the city's resolver. */
  harnessUrl: string;
  /** By origin index. */
  origins: PlayerOrigin[];
  regions: string[];
  tenants: string[];
  operations: PlanOperation[];
  /** Headers of every request, `${NAME}` allowed. */
  headers: Record<string, string>;
  /** By cohort. */
  retries: Record<Cohort, Retries>;
  /** Sent to every region before T0, several per operation until one is good; empty for no smoke test. */
  smoke: SmokeRequest[];
  /** Between two requests of the smoke test, ms. */
  smokeGapMs: number;
  /** Names of the response headers to record, in Go's canonical form; '' where the target declares none. */
  observe: { region: string; source: string; version: string; recordVersion: string; serverTiming: string };
}

/** Where the clients of one origin connect to, by region index and for static assets; `ownRegion` is its nearest. */
export interface PlayerOrigin {
  regions: PlayerEndpoint[];
  edge: PlayerEndpoint;
  ownRegion: number;
  /** `client` in a city, `region` for probes, or the harness's own control series. */
  vantage: 'client' | 'region' | 'control';
}

export interface PlayerEndpoint {
  /** Base URL without a trailing slash; it may carry a lane's port. */
  url: string;
  /** The Host header to send, because the URL's port is a lane's and not the target's; '' to leave it to k6. */
  host: string;
}

/** Settings for k6's options, passed in the environment as JSON. */
export interface PlayerOptions {
  maxDurationSeconds: number;
  /** Nothing is sent later than this, ms since T0. */
  endMs: number;
  /** k6 `hosts`: name:port of a lane -> 127.0.0.1:port. */
  hosts: Record<string, string>;
  /** Whether late requests, retries and redirects need a permit of the harness, because the target has a rate limit. */
  permits: boolean;
  /** Whether k6's own metrics have an output (`--out`): only then are tags worth their CPU. */
  tagged: boolean;
}

/** One client of the timetable, as the player reads it from `clients.json`. */
export interface PlayerClient {
  firstRow: number;
  rows: number;
  origin: number;
  cohort: number;
}

/** A request of the smoke test. */
export interface SmokeRequest {
  operation: number;
  tenant: number;
  key: number;
  /** Row number, beyond those of the timetable. */
  row: number;
}

/** The result of one request of the smoke test, sent to the harness. */
export interface SmokeFinding {
  operation: number;
  region: number;
  /** Step of a journey; 0 otherwise. */
  step: number;
  status: number;
  /** Index into ERRORS. */
  error: number;
  isBad: boolean;
  /** Error text of the client library, or what was wrong with the response; '' for none. */
  text: string;
}
