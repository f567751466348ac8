/** Figures over time per region, for charts: user requests (no probes) by due time, including the warm-up. */
import type { RunPlan } from '../../../src/formats/plan.ts';
import { NO_REGION, ROW_STATE } from '../../../src/formats/recording.ts';
import type { RegionSeries } from '../../run-result.ts';
import { Histogram, round, roundOrNull } from '../../../src/statistics/histogram.ts';
import { isUser, type JudgedRow } from '../../../claims/row.ts';

/** Approximate number of buckets over a run, each at least a second. */
const BUCKETS = 120;
const BIN_WIDTH = 0.02;

export class Series {
  private readonly plan: RunPlan;
  private readonly bucketMs: number;
  private readonly buckets: number;
  /** By region x bucket. Histograms hold good requests only; failures are counted separately. */
  private readonly values: (Histogram | undefined)[];
  private readonly due: Float64Array;
  private readonly bad: Float64Array;
  /** By home region: requests whose response named a region, and those that named the home region. */
  private readonly ofHome: Float64Array;
  private readonly atHome: Float64Array;
  /** By home region: requests including those to the edge, and those that waited for an earlier one. */
  private readonly ofPeople: Float64Array;
  private readonly blocked: Float64Array;
  private readonly viaEdge: boolean[];

  constructor(plan: RunPlan) {
    this.plan = plan;
    const endMs = Math.max(plan.durationMs, ...plan.phases.map((phase) => phase.toMs));
    this.bucketMs = Math.max(1, Math.ceil(endMs / 1000 / BUCKETS)) * 1000;
    this.buckets = Math.max(1, Math.ceil(endMs / this.bucketMs));
    const size = plan.regions.length * this.buckets;
    this.values = Array.from({ length: size });
    this.due = new Float64Array(size);
    this.bad = new Float64Array(size);
    this.ofHome = new Float64Array(size);
    this.atHome = new Float64Array(size);
    this.ofPeople = new Float64Array(size);
    this.blocked = new Float64Array(size);
    this.viaEdge = plan.operations.map((operation) => operation.via === 'edge');
  }

  add(c: JudgedRow): void {
    if (c.interrupted || !isUser(c.role)) return;
    const bucket = Math.min(this.buckets - 1, Math.floor(c.dueMs / this.bucketMs));
    const { requestedRegion, servedRegion } = c.row;
    const edge = this.viaEdge[c.operation]!;
    const region = edge || requestedRegion >= this.plan.regions.length ? c.home : requestedRegion;
    const at = region * this.buckets + bucket;
    this.due[at] = this.due[at]! + 1;
    if (c.bad) this.bad[at] = this.bad[at]! + 1;
    else (this.values[at] ??= new Histogram(BIN_WIDTH, 1e5)).add(c.latencyUs, c.lnUs);
    const home = c.home * this.buckets + bucket;
    this.ofPeople[home] = this.ofPeople[home]! + 1;
    if ((c.row.state & ROW_STATE.clientBlocked) !== 0) this.blocked[home] = this.blocked[home]! + 1;
    // A response that names no region does not count for the home share.
    if (edge || servedRegion === NO_REGION) return;
    this.ofHome[home] = this.ofHome[home]! + 1;
    if (servedRegion === c.home) this.atHome[home] = this.atHome[home]! + 1;
  }

  /** One series per region. Quantiles are of good requests alone; failures are in errorShare. */
  finish(): RegionSeries[] {
    const seconds = this.bucketMs / 1000;
    return this.plan.regions.map((region, i) => {
      const at = Array.from({ length: this.buckets }, (_, bucket) => i * this.buckets + bucket);
      const share = (part: Float64Array, whole: Float64Array): (number | null)[] =>
        at.map((x) => (whole[x] === 0 ? null : part[x]! / whole[x]!));
      return {
        region: region.id,
        atMs: at.map((_, bucket) => bucket * this.bucketMs),
        ratePerSecond: at.map((x) => (this.due[x] === 0 ? null : round(this.due[x]! / seconds))),
        p50Ms: at.map((x) => roundOrNull(this.values[x]?.quantileMs(0.5) ?? null)),
        p99Ms: at.map((x) => roundOrNull(this.values[x]?.quantileMs(0.99) ?? null)),
        errorShare: share(this.bad, this.due),
        homeShare: share(this.atHome, this.ofHome),
        blockedShare: share(this.blocked, this.ofPeople),
      };
    });
  }
}
