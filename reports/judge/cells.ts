/**
 * Good and total per cell and time block, counted exactly at the limit. Also who reached a region at all: probes never
 * make up for clients.
 */
import type { PlanCell, PlanClaim, RunPlan } from '../../src/formats/plan.ts';
import { OPERATION_CLASSES } from '../../src/formats/plan.ts';
import { NO_REGION } from '../../src/formats/recording.ts';
import { CLIENT_ROLES } from '../../src/formats/timetable.ts';
import { Causes } from './causes.ts';
import { Histogram } from './histogram.ts';
import { BLOCKS, isClient, PHASES, ROLE, type RowContext } from './row-context.ts';
import type { WorstRequests } from './worst.ts';

/** Bins of 0.5 %: the quantile shown beside a limit. */
const BIN_WIDTH = 0.005;

export interface CellTally {
  cell: PlanCell;
  claim: PlanClaim;
  total: Uint32Array;
  bad: Uint32Array;
  /** Latency or staleness; null for claims that have none. */
  values: Histogram | null;
  /** What its bad requests ended with. */
  causes: Causes;
  /** For home share: answers that were not counted, because they named no region of the target. */
  unnamed: number;
  /** Requests by clients (not probes) of the claim's classes that asked the region; for an origin its own requests. */
  reached: number;
}

export class Cells {
  readonly tallies: CellTally[];
  private readonly plan: RunPlan;
  /** Tally index by claim, then subject; -1 where the plan has no cell. */
  private readonly cellOf: Int32Array[];
  /** Claims that a request counts for, by phase x role x operation. */
  private readonly claimsOf: number[][];
  private readonly perRegion: boolean[];
  private readonly metric: PlanClaim['metric'][];
  private readonly viaEdge: boolean[];
  private readonly classOf: number[];
  /** Client requests by phase x class, then region asked (or, at the edge, home region). */
  private readonly asked: Float64Array[];
  private readonly askedEdge: Float64Array[];
  private readonly worst: WorstRequests;

  constructor(plan: RunPlan, worst: WorstRequests) {
    this.plan = plan;
    this.worst = worst;
    this.tallies = plan.cells.map((cell) => ({
      cell,
      claim: plan.claims[cell.claim]!,
      total: new Uint32Array(BLOCKS),
      bad: new Uint32Array(BLOCKS),
      values: cell.limitMs === null ? null : new Histogram(BIN_WIDTH, Math.max(1, cell.limitMs * 1000)),
      causes: new Causes(),
      unnamed: 0,
      reached: 0,
    }));
    this.cellOf = plan.claims.map((claim, i) => {
      const subjects = new Int32Array(claim.per === 'region' ? plan.regions.length : plan.origins.length).fill(-1);
      for (const [at, cell] of plan.cells.entries())
        if (cell.claim === i && (claim.only === null || claim.only.includes(cell.subject))) subjects[cell.subject] = at;
      return subjects;
    });
    this.perRegion = plan.claims.map((claim) => claim.per === 'region');
    this.metric = plan.claims.map((claim) => claim.metric);
    this.viaEdge = plan.operations.map((operation) => operation.via === 'edge');
    this.classOf = plan.operations.map((operation) => OPERATION_CLASSES.indexOf(operation.class));
    this.claimsOf = PHASES.flatMap((phase) =>
      CLIENT_ROLES.flatMap((_, role) =>
        plan.operations.map((operation) =>
          [...plan.claims.keys()].filter((i) => {
            const claim = plan.claims[i]!;
            if (claim.phase !== phase || claim.metric === 'staleness') return false;
            if (!claim.classes.includes(operation.class)) return false;
            if (claim.metric === 'home-share' && operation.via === 'edge') return false;
            return hasVantage(claim, role);
          }),
        ),
      ),
    );
    const counts = (): Float64Array[] =>
      PHASES.flatMap(() => OPERATION_CLASSES.map(() => new Float64Array(plan.regions.length)));
    this.asked = counts();
    this.askedEdge = counts();
  }

  /** Counts a row for every cell it belongs to, except those of staleness claims. */
  add(c: RowContext): void {
    if (!c.judged) return;
    const { askedRegion, servedRegion } = c.row;
    if (isClient(c.role)) {
      const source = this.viaEdge[c.operation] ? this.askedEdge : this.asked;
      const counts = source[c.phase * OPERATION_CLASSES.length + this.classOf[c.operation]!]!;
      const region = this.viaEdge[c.operation] ? c.home : askedRegion;
      if (region < counts.length) counts[region] = counts[region]! + 1;
    }
    const claims = this.claimsOf[(c.phase * CLIENT_ROLES.length + c.role) * this.viaEdge.length + c.operation]!;
    for (let i = 0; i < claims.length; i++) {
      const claim = claims[i]!;
      const metric = this.metric[claim]!;
      const at = this.cellOf[claim]![this.perRegion[claim] ? this.regionOf(c, metric) : c.origin]!;
      if (at < 0) continue;
      const tally = this.tallies[at]!;
      let bad = c.bad;
      if (metric === 'home-share') {
        // Nothing is guessed from who was asked: a proxy, a stale name or a failover may have sent it elsewhere.
        if (servedRegion === NO_REGION) {
          if (c.row.status > 0) tally.unnamed++;
          continue;
        }
        bad = servedRegion !== c.home;
      } else tally.causes.add(c.row, c.bad);
      if (metric === 'latency') {
        if (bad) tally.values!.failed++;
        else tally.values!.add(c.latencyUs, c.lnUs);
        bad ||= c.latencyUs > tally.cell.limitMs! * 1000;
      }
      this.count(at, c, bad, c.bad ? Infinity : c.latencyUs);
    }
  }

  /** Counts a replica read that was `behindMs` behind; does nothing where the plan has no cell for it. */
  addStaleness(claim: number, c: RowContext, behindMs: number): void {
    const at = this.cellOf[claim]![this.perRegion[claim] ? this.regionOf(c, 'staleness') : c.origin]!;
    if (at < 0) return;
    const us = behindMs * 1000;
    const { values, cell } = this.tallies[at]!;
    values!.add(us, us < 1 ? 0 : Math.log(us));
    this.count(at, c, behindMs > cell.limitMs!, us);
  }

  /** Fills in who reached each cell. */
  finish(): CellTally[] {
    for (const tally of this.tallies) {
      const { claim, cell } = tally;
      if (claim.per === 'origin') {
        tally.reached = tally.total.reduce((a, b) => a + b, 0);
        continue;
      }
      const mine = this.plan.operations.filter((o) => o.kind === 'request' && claim.classes.includes(o.class));
      const source = mine.length > 0 && mine.every((o) => o.via === 'edge') ? this.askedEdge : this.asked;
      const phase = PHASES.indexOf(claim.phase) * OPERATION_CLASSES.length;
      for (const name of claim.classes)
        tally.reached += source[phase + OPERATION_CLASSES.indexOf(name)]![cell.subject]!;
    }
    return this.tallies;
  }

  private regionOf(c: RowContext, metric: PlanClaim['metric']): number {
    if (metric === 'home-share' || this.viaEdge[c.operation]) return c.home;
    const { askedRegion } = c.row;
    return askedRegion < this.plan.regions.length ? askedRegion : c.home;
  }

  private count(at: number, c: RowContext, bad: boolean, score: number): void {
    const { total, bad: bads } = this.tallies[at]!;
    total[c.block] = total[c.block]! + 1;
    if (!bad) return;
    bads[c.block] = bads[c.block]! + 1;
    this.worst.offer(at, score, c);
  }
}

/** Whether a claim counts requests of this role. Tracers exist for staleness alone, and count there unless clients are asked for. */
export function hasVantage(claim: PlanClaim, role: number): boolean {
  if (claim.vantage !== 'region' && isClient(role)) return true;
  if (claim.vantage === 'client') return false;
  return role === ROLE.probe || (claim.metric === 'staleness' && role === ROLE.tracer);
}
