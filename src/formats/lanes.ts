/**
 * What the harness says to the lane process (one JSON line on stdin) and hears from it (one JSON line on stdout once
 * every lane is calibrated and points to its real upstream). The process ends when stdin ends.
 */
import type { LaneCalibration } from './journal.ts';

export interface LaneSpec {
  /** Indices into RunPlan.origins and RunPlan.regions; region -1 is the control echo (nominal 0). */
  origin: number;
  region: number;
  /** Round trip of the path, ms, fractional; half is spent in each direction. */
  rttMs: number;
  /** Last mile: added to the round trip once per connection, and jitter (shifted lognormal) per flight, seeded. */
  lastMileMs: number;
  jitterMedianMs: number;
  jitterSigmaLog: number;
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
