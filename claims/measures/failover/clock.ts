/**
 * The failover clock: the effect of a fault on the clients of the affected regions, from their rows alone. Takes
 * requests of users (mix, top-up) and clock clients with their home in such a region, except those to the edge. Every
 * step of a journey is a request. Attempts count as one request: it starts with the first attempt and ends as the last
 * one does. The time of a request is its END (due + latency), by reference/chaos-slo.md section 3.3. bins.ts defines
 * windows and bad requests, times.ts the instants.
 *
 * A region's times are those of its worst cohort with enough requests. `direct` clients are shown but excluded: they
 * use a regional hostname, so routing cannot move them. Fail-back and recovery are measured on `fresh` and `ttl` alone,
 * since `sticky` clients keep their connection. Writes of all cohorts are measured separately, so that the loss of a
 * primary is not hidden by the reads.
 */
import type { RunPlan } from '../../../src/formats/plan.ts';
import { NO_REGION, ROW_STATE } from '../../../src/formats/recording.ts';
import { COHORTS } from '../../../src/formats/timetable.ts';
import { ClockBins, type Ended } from './bins.ts';
import { reachedElsewhere } from './times.ts';
import { excludedBy, type ClockRegion, regionFigures, type Unit, WRITES } from './figures.ts';
import type { FaultInstants } from '../fault-instants.ts';
import { round } from '../../../src/statistics/histogram.ts';
import { HEADLINE_LIMIT_MS } from '../../../src/formats/claims.ts';
import type { EvacuationFigures, FaultFigures } from './schema.ts';
import { isUser, type JudgedRow, ROLE } from '../../row.ts';

const DIRECT = COHORTS.indexOf('direct');
const STICKY = COHORTS.indexOf('sticky');
export class FailoverClock {
  private readonly plan: RunPlan;
  private readonly faults: FaultInstants[];
  private readonly regions: ClockRegion[];
  /** Index into `regions` by region, -1 for those outside the experiment. */
  private readonly at: Int32Array;
  private readonly viaEdge: boolean[];
  private readonly isWrite: boolean[];
  private readonly stickyMoves: boolean;
  /** [t0, t1] by fault; without a t1 to the end of the run, empty without a t0. */
  private readonly fromMs: Float64Array;
  private readonly toMs: Float64Array;
  private lastEndMs = 0;
  private firstClockMs = Infinity;
  /** By client: start of the first attempt of a request that is being retried. A client's rows are in order. */
  private readonly firstAttemptMs = new Map<number, number>();
  private readonly ended: Ended = {
    beginMs: 0,
    endMs: 0,
    bad: false,
    away: false,
    home: false,
    slow: false,
    wasInFlight: false,
  };

  constructor(plan: RunPlan, faults: FaultInstants[]) {
    this.plan = plan;
    this.faults = faults;
    const affected = faults.length === 0 ? [] : (plan.experiment?.regions ?? []);
    const longestMs = Math.max(0, ...plan.operations.map((operation) => operation.timeoutMs));
    const numbers = (fill = 0): Float64Array => new Float64Array(faults.length).fill(fill);
    const unit = (name: string): Unit => ({
      name,
      bins: new ClockBins(plan.durationMs + 2 * longestMs),
      due: numbers(),
      bad: numbers(),
    });
    this.regions = affected.map((index) => ({
      index,
      cohorts: COHORTS.map(unit),
      writes: unit(WRITES),
      movable: unit('movable'),
      returning: unit('returning'),
      users: { due: numbers(), bad: numbers(), blocked: numbers(), retried: numbers() },
      firstBadMs: numbers(Infinity),
    }));
    this.at = new Int32Array(plan.regions.length).fill(-1);
    for (const [i, region] of affected.entries()) this.at[region] = i;
    this.viaEdge = plan.operations.map((operation) => operation.via === 'edge');
    this.isWrite = plan.operations.map((operation) => operation.class === 'write');
    this.stickyMoves = !faults.some(({ fault }) => excludedBy(fault).includes(COHORTS[STICKY]!));
    this.fromMs = Float64Array.from(faults, (f) => f.t0Ms ?? Infinity);
    this.toMs = Float64Array.from(faults, (f) => f.t1Ms ?? Infinity);
  }

  add(c: JudgedRow): void {
    const clock = c.role === ROLE.clock;
    if (this.regions.length === 0 || c.interrupted || !(clock || isUser(c.role))) return;
    const region = this.regions[this.at[c.home]!];
    if (region === undefined || this.viaEdge[c.operation]) return;
    const isRetry = c.row.attempt > 0;
    const { row, ended } = this.take(c);
    if ((row.state & ROW_STATE.retried) !== 0) return;
    const { endMs, beginMs, bad } = ended;
    if (endMs > this.lastEndMs) this.lastEndMs = endMs;
    if (clock && beginMs < this.firstClockMs) this.firstClockMs = beginMs;
    const cohort = region.cohorts[c.cohort]!;
    cohort.bins.add(ended);
    if (c.cohort !== DIRECT) {
      region.movable.bins.add(ended);
      if (this.writesCount(c)) region.writes.bins.add(ended);
    }
    if (c.cohort !== DIRECT && c.cohort !== STICKY) region.returning.bins.add(ended);
    for (let f = 0; f < this.faults.length; f++) {
      if (bad && c.cohort !== DIRECT && beginMs < this.toMs[f]! && endMs >= this.fromMs[f]!)
        region.firstBadMs[f] = Math.min(region.firstBadMs[f]!, endMs);
      if (c.dueMs < this.fromMs[f]! || c.dueMs >= this.toMs[f]!) continue;
      tick(cohort, f, bad);
      if (c.cohort !== DIRECT) {
        if (c.cohort !== STICKY) tick(region.returning, f, bad);
        if (this.writesCount(c)) tick(region.writes, f, bad);
      }
      if (!isUser(c.role)) continue;
      tick(region.users, f, bad);
      if (isRetry) region.users.retried[f]!++;
      if ((row.state & ROW_STATE.clientBlocked) !== 0) region.users.blocked[f]!++;
    }
  }

  /** The figures of every fault, in the order of the experiment. */
  finish(): FaultFigures[] {
    const { plan, faults, fromMs, toMs, lastEndMs, firstClockMs } = this;
    const rows = { plan, faults, fromMs, toMs, lastEndMs, firstClockMs };
    return this.faults.map((f, i) => ({
      number: f.fault.number,
      kind: f.fault.kind,
      title: f.title,
      askedMs: f.askedMs,
      t0Ms: f.t0Ms,
      revertMs: f.revertMs,
      t1Ms: f.t1Ms,
      fis: f.fis,
      regions: this.regions.map((region) => regionFigures(rows, region, i)),
    }));
  }

  /**
   * When 50 % and 99 % of the requests of `fresh` and `ttl` clients were served well elsewhere, from `fromMs` (since
   * T0; null: no times) to the end of the last fault. Regions outside the experiment have no times.
   */
  elsewhere(regions: string[], fromMs: number | null): Pick<EvacuationFigures, 'watchedMs' | 'regions'> {
    const toMs = Math.min(this.lastEndMs, Math.max(...this.toMs));
    return {
      watchedMs: fromMs === null ? 0 : round(Math.max(0, toMs - fromMs)),
      regions: regions.map((id) => {
        const windows = this.regions.find(({ index }) => this.plan.regions[index]!.id === id)?.returning.bins.windows();
        const after = (share: number): number | null => {
          const atMs = fromMs === null || !windows ? null : reachedElsewhere(windows, share, fromMs, toMs);
          return atMs === null ? null : round(atMs - fromMs!);
        };
        return { region: id, t50Ms: after(0.5), t99Ms: after(0.99) };
      }),
    };
  }

  /** Whether a write counts: its cohort follows a change of routing. */
  private writesCount(c: JudgedRow): boolean {
    return this.isWrite[c.operation]! && (this.stickyMoves || c.cohort !== STICKY);
  }

  private take(c: JudgedRow): { row: JudgedRow['row']; ended: Ended } {
    const { row, home, bad, latencyUs } = c;
    const endMs = row.startMs + (row.resolveUs + row.totalUs) / 1000;
    const ownMs = endMs - latencyUs / 1000;
    const beginMs = row.attempt > 0 ? (this.firstAttemptMs.get(c.client) ?? ownMs) : ownMs;
    if ((row.state & ROW_STATE.retried) !== 0) this.firstAttemptMs.set(c.client, beginMs);
    const served = row.servedRegion;
    this.ended.endMs = endMs;
    this.ended.beginMs = beginMs;
    this.ended.bad = bad;
    this.ended.home = !bad && served === home;
    this.ended.away = !bad && served !== home && served !== NO_REGION;
    this.ended.wasInFlight = this.fromMs.some((fromMs) => beginMs < fromMs && endMs >= fromMs);
    this.ended.slow = bad || endMs - beginMs > HEADLINE_LIMIT_MS;
    return { row, ended: this.ended };
  }
}

function tick(of: { due: Float64Array; bad: Float64Array }, f: number, bad: boolean): void {
  of.due[f]!++;
  if (bad) of.bad[f]!++;
}
