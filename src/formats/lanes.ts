/**
 * Messages between harness and lane process, as JSON lines. On stdin: LanesConfig, then LaneAddresses for each name
 * whose DNS answer changes. On stdout: LanesReady once every lane is calibrated and points to its real upstream, then
 * LanesExhausted when this machine runs out of a resource. The process ends when stdin ends.
 */
import type { GeneratorExhausted, LaneCalibration } from './journal.ts';

/** One access network: its share of the users (shares sum to 1), its last mile and its jitter. */
export interface AccessShare {
  kind: string;
  share: number;
  /** Round trip of the last mile, drawn per connection, ms. */
  lastMileMs: number;
  /** Jitter per flight, shifted lognormal: median in ms and sigma of the logarithm. */
  jitterMedianMs: number;
  jitterSigmaLog: number;
}

export interface LaneSpec {
  /**
   * Indices into RunPlan.origins and RunPlan.regions; region -1 is the control echo (nominal 0), and
   * RunPlan.regions.length is the edge, which has a point of presence in every city.
   */
  origin: number;
  region: number;
  /** Round trip of the path, ms, fractional; half is spent in each direction. */
  rttMs: number;
  /** Access networks of the users here; each connection draws one, seeded. Empty = no last mile, no jitter. */
  access: AccessShare[];
  /** null = the process's own echo server. */
  upstream: LaneUpstream | null;
}

export interface LaneUpstream {
  /** host:port, the same for all lanes to the same upstream. */
  name: string;
  /** IP addresses behind the host, never empty; each connection draws one. */
  addresses: string[];
  port: number;
}

/** The current DNS answer for a name; open connections stay. */
export type LaneAddresses = Pick<LaneUpstream, 'name' | 'addresses'>;

/** `count` since the last such line. */
export type LanesExhausted = { kind: 'exhausted' } & GeneratorExhausted;

export interface LanesConfig {
  seed: number;
  lanes: LaneSpec[];
  /** Echo requests per lane in the calibration. */
  calibrationSamples: number;
}

export interface LanesReady {
  kind: 'ready';
  /** Listening port of each lane, in the order of LanesConfig.lanes. */
  ports: number[];
  calibration: LaneCalibration[];
  tookMs: number;
}
