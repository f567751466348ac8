/**
 * What the harness says to the lane process (LanesConfig as one JSON line on stdin, then a line for each name that DNS
 * answers anew) and hears from it (LanesReady as one JSON line on stdout once every lane is calibrated and points to
 * its real upstream, then a line when this machine runs out of something). The process ends when stdin ends.
 */
import type { GeneratorExhausted, LaneCalibration } from './journal.ts';

/** One access network: its share of the people (shares sum to 1), its last mile and its jitter. */
export interface AccessShare {
  kind: string;
  share: number;
  /** Round trip that the last mile adds, once drawn per connection, ms. */
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
  /** Access networks of the people here; each connection draws one, seeded. Empty = no last mile, no jitter. */
  access: AccessShare[];
  /** Where it leads to; null = the process's own echo server. */
  upstream: LaneUpstream | null;
}

export interface LaneUpstream {
  /** host:port, the same for all lanes that lead to the same place. */
  name: string;
  /** IP addresses behind the host, never empty; each connection draws one. */
  addresses: string[];
  port: number;
}

/** What DNS says of a name now; connections that are open stay where they are. */
export type LaneAddresses = Pick<LaneUpstream, 'name' | 'addresses'>;

/** So many more of it since the last such line. */
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
