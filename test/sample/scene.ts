/** The setting of sample runs: regions, cities, phases, the fault, and one request. */
import type { OperationClass, RunPlan } from '../../src/formats/plan.ts';
import { accessNetwork } from '../../src/geo/access.ts';

export type SampleKind = 'PASS' | 'FAIL' | 'INCONCLUSIVE' | 'INVALID' | 'interrupted' | 'nothing' | 'fault' | 'fis';

/** Kinds with the fault below; in `fis` it is injected through AWS FIS. */
export const hasFault = (kind: SampleKind): kind is 'fault' | 'fis' => kind === 'fault' || kind === 'fis';

export const REGIONS = ['us-east-1', 'eu-west-1', 'ap-southeast-1'];

export const SHARES: Record<string, number> = {
  tokyo: 14,
  osaka: 6,
  seoul: 8,
  taipei: 5,
  'hong-kong': 6,
  manila: 5,
  bangkok: 6,
  jakarta: 8,
  singapore: 6,
  mumbai: 10,
  sydney: 5,
  auckland: 2,
  london: 6,
  frankfurt: 4,
  'new-york': 6,
  'sao-paulo': 3,
};

export const WARM_UP_MS = 10_000;

/**
 * Times of the sample with a fault: end of the baseline, outage from t0 to t1, clients elsewhere from the switch on.
 */
export const FAULT = {
  fromMs: 70_000,
  t0Ms: 70_040,
  failoverMs: 5_900,
  switchMs: 76_000,
  toMs: 120_000,
  t1Ms: 120_090,
  backMs: 126_000,
};

export const FAULT_PHASES: RunPlan['phases'] = [
  { name: 'warm-up', fromMs: 0, toMs: WARM_UP_MS, judged: false },
  { name: 'baseline', fromMs: WARM_UP_MS, toMs: FAULT.fromMs, judged: true },
  { name: 'fault', fromMs: FAULT.fromMs, toMs: FAULT.toMs, judged: true },
  { name: 'recovery', fromMs: FAULT.toMs, toMs: 140_000, judged: false },
  { name: 'recovery', fromMs: 140_000, toMs: 190_000, judged: true },
];

export const HURT = 2;

export const BUCKET_MS = 2_000;

export const MIX_PER_SECOND = 120;

export const PROBES_PER_SECOND = 20;

export const LAST_MILE_MS = accessNetwork('fixed').lastMileMs;

/** A drawn request; times in ms. */
export interface Drawn {
  row: number;
  origin: number;
  region: number;
  served: number;
  class: OperationClass;
  probe: boolean;
  cold: boolean;
  dueMs: number;
  waited: number;
  resolve: number;
  connect: number;
  path: number;
  server: number;
  latency: number;
  bad: boolean;
}

/** Staleness of a replica read: drawn with the row, independent of its latency. */
export const lagMs = (r: Drawn): number => 20 + ((r.row * 7919) % 1000) / 12;
