/**
 * Latency of reads per city, of the lanes between cities and regions, and per region. All of the judged baseline: in an
 * experiment, before any fault.
 */
import { HEADLINE_LIMIT_MS } from '../../../src/formats/claims.ts';
import type { PlanOrigin, RunPlan } from '../../../src/formats/plan.ts';
import type { Distribution, OriginFigures, RunResult } from '../../run-result.ts';
import { Histogram, roundOrNull } from '../../../src/statistics/histogram.ts';
import { BASELINE, isUser, type JudgedRow, ROLE } from '../../../claims/row.ts';

/** A city meets the headline limit if this share of its reads is within it. */
const HEADLINE_SHARE = 0.99;
const BIN_WIDTH = 0.02;

const histogram = (): Histogram => new Histogram(BIN_WIDTH, HEADLINE_LIMIT_MS * 1000);

export class Origins {
  private readonly plan: RunPlan;
  private readonly byOrigin: Histogram[];
  private readonly within: Float64Array;
  /** By origin, then by the region that requests were sent to. */
  private readonly lanes: (Histogram | undefined)[][];
  private readonly clients: Histogram[];
  private readonly probes: Histogram[];
  private readonly viaEdge: boolean[];
  private readonly isRead: boolean[];

  constructor(plan: RunPlan) {
    this.plan = plan;
    this.byOrigin = plan.origins.map(histogram);
    this.within = new Float64Array(plan.origins.length);
    this.lanes = plan.origins.map(() => Array.from({ length: plan.regions.length }));
    this.clients = plan.regions.map(histogram);
    this.probes = plan.regions.map(histogram);
    this.viaEdge = plan.operations.map((operation) => operation.via === 'edge');
    this.isRead = plan.operations.map((operation) => operation.class === 'read');
  }

  add(c: JudgedRow): void {
    if (c.phase !== BASELINE) return;
    const { requestedRegion } = c.row;
    const asked = requestedRegion < this.plan.regions.length ? requestedRegion : -1;
    if (c.role === ROLE.probe) {
      if (asked >= 0 && this.isRead[c.operation]) put(this.probes[asked]!, c);
      return;
    }
    if (!isUser(c.role)) return;
    put(this.clients[asked >= 0 && !this.viaEdge[c.operation] ? asked : c.home]!, c);
    // Cities are compared by reads: a write has to reach the primary wherever it comes from.
    if (c.role !== ROLE.mix || !this.isRead[c.operation]) return;
    put(this.byOrigin[c.origin]!, c);
    if (!c.bad && c.latencyUs <= HEADLINE_LIMIT_MS * 1000) this.within[c.origin] = this.within[c.origin]! + 1;
    if (asked >= 0 && !this.viaEdge[c.operation]) put((this.lanes[c.origin]![asked] ??= histogram()), c);
  }

  figures(): OriginFigures[] {
    const { plan } = this;
    return this.cities().map(({ origin, at }) => {
      const all = this.byOrigin[at]!;
      return {
        origin: origin.id,
        home: plan.regions[origin.homeRegion]!.id,
        n: all.n,
        withinShare: all.n === 0 ? null : this.within[at]! / all.n,
        p50Ms: roundOrNull(all.quantileMs(0.5)),
        p99Ms: roundOrNull(all.quantileMs(0.99)),
        floorMs: origin.rttMs[origin.homeRegion]!,
        errorShare: all.n === 0 ? null : all.failed / all.n,
        laneP99Ms: plan.regions.map((_, region) => roundOrNull(this.lanes[at]![region]?.quantileMs(0.99) ?? null)),
        laneN: plan.regions.map((_, region) => this.lanes[at]![region]?.n ?? 0),
      };
    });
  }

  headline(): RunResult['headline'] {
    const cities = this.cities();
    const n = cities.reduce((sum, { at }) => sum + this.byOrigin[at]!.n, 0);
    const within = cities.reduce((sum, { at }) => sum + this.within[at]!, 0);
    const served = cities.filter(({ at }) => {
      const all = this.byOrigin[at]!.n;
      return all > 0 && this.within[at]! >= HEADLINE_SHARE * all;
    });
    return {
      limitMs: HEADLINE_LIMIT_MS,
      populationShare: served.reduce((sum, { origin }) => sum + origin.populationShare, 0),
      requestShare: n === 0 ? 0 : within / n,
    };
  }

  clientLatency(): Record<string, Distribution> {
    return Object.fromEntries(this.plan.regions.map((region, i) => [region.id, this.clients[i]!.distribution()]));
  }

  regionLatency(): Record<string, Distribution> {
    return Object.fromEntries(this.plan.regions.map((region, i) => [region.id, this.probes[i]!.distribution()]));
  }

  private cities(): { origin: PlanOrigin; at: number }[] {
    return this.plan.origins.map((origin, at) => ({ origin, at })).filter(({ origin }) => origin.kind === 'city');
  }
}

function put(into: Histogram, c: JudgedRow): void {
  if (c.bad) into.failed++;
  else into.add(c.latencyUs, c.lnUs);
}
