/**
 * The visits of one role and origin, each of one or more requests with think time in between. A column per field and no
 * object per row, because ten million rows are compiled at once.
 */
import { ROLES } from '../../claims/roles.ts';
import type { Profile } from '../config/types.ts';
import type { PlanStream, RunPlan } from '../formats/plan.ts';
import { COHORTS } from '../formats/timetable.ts';
import { curvedArrivals, type Intensity, poissonArrivals, uniformArrivals } from './arrivals.ts';
import { type HangWindow, hangWindow } from './hang-window.ts';
import { estimatedBusyMs } from './operations.ts';
import { CarriedQuota } from './quota.ts';
import type { Random } from './random.ts';
import { streamRows } from './scope.ts';
import { sessionRows } from './sessions.ts';

export interface Visits {
  /** Rows of all visits, one after the other. */
  dueMs: Uint32Array;
  operation: Uint16Array;
  /** By visit: its first row, and the index of its client's cohort. A visit ends where the next begins. */
  firstRow: Uint32Array;
  cohort: Uint8Array;
  count: number;
}

/** Index of the cohort of probes, tracers, sessions and the control series, which use their region's own address. */
const DIRECT = COHORTS.indexOf('direct');

export class VisitMaker {
  readonly visits: Visits;
  /** By cohort and operation: how long a row is estimated to keep its client busy, ms. */
  readonly estimatedBusyMs: number[][];
  private rows = 0;
  private readonly plan: RunPlan;
  private readonly profile: Profile;
  private readonly intensity: Intensity;
  private readonly random: Random;
  private readonly cohorts: CarriedQuota;
  /** When requests from this origin may hang, because an experiment affects their region. */
  private readonly hang: HangWindow | null;

  constructor(input: { plan: RunPlan; profile: Profile; streams: PlanStream[]; intensity: Intensity; random: Random }) {
    const { plan, profile, streams } = input;
    const total = streams.reduce((sum, stream) => sum + streamRows(stream), 0);
    this.plan = plan;
    this.profile = profile;
    this.intensity = input.intensity;
    this.random = input.random;
    const origin = plan.origins[streams[0]!.origin]!;
    this.estimatedBusyMs = COHORTS.map((cohort) =>
      plan.operations.map((_, operation) => estimatedBusyMs(plan, origin, operation, cohort)),
    );
    this.hang = hangWindow(plan, origin);
    this.cohorts = new CarriedQuota(COHORTS.map((cohort) => profile.cohorts[cohort]));
    const firstGuess = Math.ceil(total / 2) + 16;
    this.visits = {
      dueMs: new Uint32Array(total),
      operation: new Uint16Array(total),
      firstRow: new Uint32Array(firstGuess),
      cohort: new Uint8Array(firstGuess),
      count: 0,
    };
    if (ROLES[streams[0]!.role].visits === 'own') this.addSessions();
    else for (const stream of streams) this.add(stream);
  }

  /**
   * A session is one visit, whatever phases it spans. Where its requests may hang, each has a client of its own, so
   * that all are sent when they are due. These are the rows that the streams were counted from.
   */
  private addSessions(): void {
    const { visits, plan } = this;
    for (const { dueMs, operation, begins } of sessionRows(plan.phases, plan.session!)) {
      if (begins || this.mayHang(dueMs)) this.open(DIRECT);
      visits.dueMs[this.rows] = dueMs;
      visits.operation[this.rows] = operation;
      this.rows += 1;
    }
  }

  private add(stream: PlanStream): void {
    const { random } = this;
    const rows = streamRows(stream);
    const operations = this.visits.operation.subarray(this.rows, this.rows + rows);
    let at = 0;
    for (const [operation, n] of stream.requests.entries()) operations.fill(operation, at, (at += n));
    random.shuffle(operations);
    const lengths = this.lengths(stream, rows);
    const arrivals = this.arrivals(stream, lengths.length);
    const cohorts = this.cohortsOf(stream, lengths.length);
    for (const [i, length] of lengths.entries()) {
      this.visit(stream, arrivals[i]!, length, cohorts[i]!);
    }
  }

  /** Requests of each visit: geometric, the last one cut so that the sum is exact. Extras are visits of one request. */
  private lengths({ role }: PlanStream, rows: number): Uint32Array {
    if (ROLES[role].visits !== 'sessions') return new Uint32Array(rows).fill(1);
    const mean = this.profile.session.meanRequests;
    const lengths = new Uint32Array(rows);
    let count = 0;
    for (let left = rows; left > 0; count += 1) {
      const length = Math.min(left, this.random.geometric(mean));
      lengths[count] = length;
      left -= length;
    }
    return lengths.slice(0, count);
  }

  private arrivals({ role, phase, origin, requests }: PlanStream, count: number): Float64Array {
    const { fromMs, toMs } = this.plan.phases[phase]!;
    const { shape } = this.profile.arrivals;
    const writes = requests.some((n, o) => n > 0 && this.plan.operations[o]!.class === 'write');
    const pace = writes ? ROLES[role].writes : ROLES[role].reads;
    if (pace === 'even' || (pace === 'profile' && shape === 'uniform'))
      return uniformArrivals(count, fromMs, toMs, this.random);
    if (pace === 'profile' && shape === 'day' && this.plan.origins[origin]!.kind === 'city') {
      return curvedArrivals(count, fromMs, toMs, this.random, this.intensity);
    }
    return poissonArrivals(count, fromMs, toMs, this.random);
  }

  /** Cohort of each visit: by exact quota, in random order. */
  private cohortsOf({ role }: PlanStream, count: number): Uint8Array {
    const { cohorts: which } = ROLES[role];
    if (which === 'in turn') return Uint8Array.from({ length: count }, (_, i) => i % COHORTS.length);
    const cohorts = new Uint8Array(count).fill(DIRECT);
    if (which === 'direct') return cohorts;
    let at = 0;
    for (const [cohort, n] of this.cohorts.split(count).entries()) cohorts.fill(cohort, at, (at += n));
    this.random.shuffle(cohorts);
    return cohorts;
  }

  /**
   * One visit. A phase is a section of a steady stream: requests that would be due after its end are sent at its
   * beginning instead, by another client. So every phase keeps its quota, and its rate from the first second to the
   * last. (With a day curve the first seconds of a phase get the tails of its last ones: less than the length of one
   * visit.)
   */
  private visit(stream: PlanStream, arrivalMs: number, length: number, cohort: number): void {
    const { visits, random } = this;
    const { fromMs, toMs } = this.plan.phases[stream.phase]!;
    const { thinkMedianMs, thinkSigmaLog } = this.profile.session;
    let ms = Math.min(arrivalMs, toMs - 1);
    this.open(cohort);
    for (let i = 0; i < length; i += 1) {
      visits.dueMs[this.rows] = ms;
      const operation = visits.operation[this.rows]!;
      this.rows += 1;
      if (i === length - 1) return;
      ms += this.estimatedBusyMs[cohort]![operation]! + thinkMedianMs * Math.exp(thinkSigmaLog * random.normal());
      if (ms < toMs) {
        // Another client continues where this one may hang, so that an outage gets the full rate (DESIGN section 5).
        if (this.mayHang(ms)) this.open(cohort);
        continue;
      }
      ms = fromMs + ((ms - toMs) % (toMs - fromMs));
      this.open(cohort);
    }
  }

  private mayHang(dueMs: number): boolean {
    return this.hang !== null && dueMs >= this.hang.fromMs && dueMs < this.hang.toMs;
  }

  private open(cohort: number): void {
    const { visits } = this;
    if (visits.count === visits.firstRow.length) {
      const longer = new Uint32Array(visits.count * 2);
      longer.set(visits.firstRow);
      const cohorts = new Uint8Array(visits.count * 2);
      cohorts.set(visits.cohort);
      visits.firstRow = longer;
      visits.cohort = cohorts;
    }
    visits.firstRow[visits.count] = this.rows;
    visits.cohort[visits.count] = cohort;
    visits.count += 1;
  }
}
