/** Mean parts of the latency of user requests with a response, per region and class. */
import { OPERATION_CLASSES, type RunPlan } from '../../../src/formats/plan.ts';
import type { LatencySplit } from '../../run-result.ts';
import { round } from '../../../src/statistics/histogram.ts';
import { BASELINE, isUser, type JudgedRow } from '../../../claims/row.ts';

/** n and the sums in microseconds: waited, resolve, connect, path, server. */
const FIELDS = 6;

export class Split {
  private readonly plan: RunPlan;
  private readonly sums: Float64Array;
  private readonly classOf: number[];
  private readonly viaEdge: boolean[];

  constructor(plan: RunPlan) {
    this.plan = plan;
    this.sums = new Float64Array(plan.regions.length * OPERATION_CLASSES.length * FIELDS);
    this.classOf = plan.operations.map((operation) => OPERATION_CLASSES.indexOf(operation.class));
    this.viaEdge = plan.operations.map((operation) => operation.via === 'edge');
  }

  add(c: JudgedRow): void {
    const { row } = c;
    const { sums } = this;
    if (c.phase !== BASELINE || row.status === 0 || !isUser(c.role)) return;
    const known = row.requestedRegion < this.plan.regions.length && !this.viaEdge[c.operation];
    const region = known ? row.requestedRegion : c.home;
    const at = (region * OPERATION_CLASSES.length + this.classOf[c.operation]!) * FIELDS;
    const serverUs = Math.min(row.serverUs, Math.max(0, row.totalUs - row.blockedUs));
    sums[at] = sums[at]! + 1;
    sums[at + 1] = sums[at + 1]! + c.latencyUs - row.resolveUs - row.totalUs;
    sums[at + 2] = sums[at + 2]! + row.resolveUs;
    sums[at + 3] = sums[at + 3]! + row.blockedUs;
    sums[at + 4] = sums[at + 4]! + Math.max(0, row.totalUs - row.blockedUs - serverUs);
    sums[at + 5] = sums[at + 5]! + serverUs;
  }

  finish(): LatencySplit[] {
    const splits: LatencySplit[] = [];
    for (const [r, region] of this.plan.regions.entries()) {
      for (const [k, name] of OPERATION_CLASSES.entries()) {
        const at = (r * OPERATION_CLASSES.length + k) * FIELDS;
        const n = this.sums[at]!;
        if (n === 0) continue;
        const meanMs = (field: number): number => round(this.sums[at + field]! / n / 1000);
        splits.push({
          region: region.id,
          class: name,
          n,
          waitedMs: meanMs(1),
          resolveMs: meanMs(2),
          connectMs: meanMs(3),
          pathMs: meanMs(4),
          serverMs: meanMs(5),
        });
      }
    }
    return splits;
  }
}
