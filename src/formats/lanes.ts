/**
 * What the harness says to the lane process (one JSON line on stdin) and hears from it (one JSON line on stdout once
 * every lane is calibrated and points to its real upstream). The process ends when stdin ends.
 */
import type { LaneCalibration } from './journal.ts';

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
  /** 127.0.0.1 address of the real upstream; null = the process's own echo server. */
  upstream: { host: string; port: number } | null;
}

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
