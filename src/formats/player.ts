/**
 * `player.json`: what the player inside k6 needs beside the timetable. Written by `src/run`, read once by
 * `scenarios/player.ts`. Secrets never stand here: header values keep their `${NAME}` and the player fills them from
 * its environment.
 */
import type { PlanOperation } from './plan.ts';
import type { Cohort, Retries } from './timetable.ts';

/**
 * Secrets reach k6 under their name behind this: a target may name any variable, and one such as HTTPS_PROXY or K6_DNS
 * would change what is measured.
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
  /** Sent to every region before T0, several of an operation until one is good; empty for no smoke. */
  smoke: SmokeRequest[];
  /** Between two requests of the smoke, ms. */
  smokeGapMs: number;
  /** Names of the response headers that say who served; '' where the target does not say. Go's canonical form. */
  observe: { region: string; source: string; version: string; recordVersion: string; serverTiming: string };
}

/** Where the clients of one origin connect to, by region index and for static assets; `ownRegion` is its nearest. */
export interface PlayerOrigin {
  regions: PlayerEndpoint[];
  edge: PlayerEndpoint;
  ownRegion: number;
  /** Where its clients stand: in a city, in a region as probes do, or in the harness's own control series. */
  vantage: 'client' | 'region' | 'control';
}

/** Where a client connects to. */
export interface PlayerEndpoint {
  /** Base URL without a trailing slash; it may carry a lane's port. */
  url: string;
  /** The Host header to send, because the URL's port is a lane's and not the target's; '' to leave it to k6. */
  host: string;
}

/** What decides k6's options; travels in the environment as JSON. */
export interface PlayerOptions {
  maxDurationSeconds: number;
  /** Nothing is sent later than this, ms since T0. */
  endMs: number;
  /** k6 `hosts`: name:port of a lane -> 127.0.0.1:port. */
  hosts: Record<string, string>;
  /**
   * Whether late requests, attempts and redirects need a permit of the harness, because the target has a limit to keep.
   */
  permits: boolean;
  /** Whether k6's own metrics go somewhere (`--out`): only then is a request worth the CPU of its tags. */
  tagged: boolean;
}

/** One client of the timetable, as the player reads it from `clients.json`. */
export interface PlayerClient {
  firstRow: number;
  rows: number;
  origin: number;
  cohort: number;
}

/** A row before the timetable. */
export interface SmokeRequest {
  operation: number;
  tenant: number;
  key: number;
  /** Its number, beyond those of the timetable. */
  row: number;
}

/** What came of one request of the smoke, as the player tells the harness. */
export interface SmokeFinding {
  operation: number;
  region: number;
  /** Of a journey; 0 otherwise. */
  step: number;
  status: number;
  /** Index into ERRORS. */
  error: number;
  isBad: boolean;
  /** What the client library said, or what was wrong with the answer; '' for nothing. */
  text: string;
}
