/**
 * From the rows of the failover clock to its figures: what a fault did to the clients of one region. Definitions:
 * reference/chaos-slo.md section 3.3 and clock.ts.
 */
import type { PlanFault } from '../../../src/formats/faults.ts';
import type { RunPlan } from '../../../src/formats/plan.ts';
import type { CohortFailover, RegionFailover } from './schema.ts';
import { COHORTS } from '../../../src/formats/timetable.ts';
import { BIN_MS, type ClockBins, WINDOW_MS, type Windows } from './bins.ts';
import { detected, reachedElsewhere, recovered, sustained, type Usual, usual, windowsWithin } from './times.ts';
import type { FaultInstants } from '../fault-instants.ts';
import { round } from '../../../src/statistics/histogram.ts';

const DIRECT = COHORTS.indexOf('direct');
/** Served at home again: so much of the share that was in the baseline. */
const BACK_SHARE = 0.95;
/** The curves show this long before the bite and after the heal. */
const CURVE_BEFORE_MS = 5000;
const CURVE_AFTER_MS = 15_000;
const CURVE_STEP_MS = 500;
const CURVE_POINTS = 200;

/** Clients that send fewer requests a second are not timed: their seconds would be empty, and their instants coarse. */
export const LEAST_PER_SECOND = 9;
export const WRITES = 'writes';

/** Some clients of one region: their bins, and for each fault the requests due while it lasted. */
export interface Unit {
  name: string;
  bins: ClockBins;
  due: Float64Array;
  bad: Float64Array;
}

/**
 * Cohorts that nobody promised another region: `direct` has a regional hostname. A `sticky` client moves when its
 * connection breaks: where it hangs instead, each client learns of it by asking, once, whenever that is
 * (docs/decisions/0013).
 */
export const apartFrom = ({ hangs }: Pick<PlanFault, 'hangs'>): string[] => (hangs ? ['direct', 'sticky'] : ['direct']);

/** What the clock holds of one region. */
export interface ClockRegion {
  index: number;
  cohorts: Unit[];
  writes: Unit;
  /** All that routing can move; and those of them that come back by themselves. */
  movable: Unit;
  returning: Unit;
  people: { due: Float64Array; bad: Float64Array; blocked: Float64Array; retried: Float64Array };
  firstBadMs: Float64Array;
}

/** What it holds of the run. */
export interface ClockRows {
  plan: RunPlan;
  faults: FaultInstants[];
  /** [t0, t1] by fault; without a t1 to the end of the run, empty without a t0. */
  fromMs: Float64Array;
  toMs: Float64Array;
  /** End of the last request, and begin of the first clock request. */
  lastEndMs: number;
  firstClockMs: number;
}

/** What fault number `f` of the experiment did in one region. */
export function regionFigures(rows: ClockRows, region: ClockRegion, f: number): RegionFailover {
  const t0Ms = rows.faults[f]!.t0Ms;
  const toMs = Math.min(rows.toMs[f]!, rows.lastEndMs);
  const cohorts = [...region.cohorts, region.writes]
    .filter((unit) => unit.due[f]! > 0)
    .map((unit) => cohortFigures(rows, unit, f, t0Ms ?? 0, toMs));
  const apart = apartFrom(rows.faults[f]!.fault);
  const covered = cohorts.filter(({ cohort }) => !apart.includes(cohort));
  const timed = covered.filter((cohort) => cohort.timed);
  const since = (atMs: number | null): number | null => (t0Ms === null || atMs === null ? null : round(atMs - t0Ms));
  const before = baselineOf(rows, region);
  const movable = region.movable.bins.windows();
  const firstAwayMs = region.cohorts.flatMap((unit, cohort) => {
    if (t0Ms === null || cohort === DIRECT) return [];
    const windows = unit.bins.windows();
    const [from, to] = baselineSpan(rows);
    const at = detected(unit.bins, windows, t0Ms, toMs, usual(windows, from, to)?.away ?? 0);
    return at === null ? [] : [at];
  });
  const firstMs = firstAwayMs.length === 0 ? null : Math.min(...firstAwayMs);
  const reached = (share: number): number | null => {
    if (t0Ms === null || timed.length === 0 || firstMs === null) return null;
    const atMs = reachedElsewhere(movable, share, t0Ms, toMs);
    return since(atMs === null ? null : Math.max(atMs, firstMs));
  };
  const rto = worst(timed);
  const impactMs = region.firstBadMs[f]!;
  return {
    region: rows.plan.regions[region.index]!.id,
    requests: region.people.due[f]!,
    bad: region.people.bad[f]!,
    clientBlocked: region.people.blocked[f]!,
    retried: region.people.retried[f]!,
    timed: timed.some(({ cohort }) => cohort !== WRITES),
    timedAfter: isTimed(region.returning, f, t0Ms ?? 0, toMs),
    apart,
    untimed: covered.filter((cohort) => !cohort.timed).map(({ cohort }) => cohort),
    timeToImpactMs: since(impactMs === Infinity ? null : impactMs),
    ttdMs: since(firstMs),
    ...rto,
    t50Ms: reached(0.5),
    t90Ms: reached(0.9),
    t99Ms: reached(0.99),
    ...afterwards(rows, region, f, before),
    hasBaseline: before !== null,
    namesRegions: before === null || before.homeShare > 0,
    cohorts,
  };
}

function cohortFigures(rows: ClockRows, unit: Unit, f: number, t0Ms: number, toMs: number): CohortFailover {
  const windows = unit.bins.windows();
  const timed = isTimed(unit, f, t0Ms, toMs);
  const well = timed ? recovered(unit.bins, windows, t0Ms, toMs) : null;
  return {
    cohort: unit.name,
    requests: unit.due[f]!,
    bad: unit.bad[f]!,
    timed,
    rtoFromMs: well && round(well.fromMs - t0Ms),
    rtoToMs: well && round(well.toMs - t0Ms),
    curve: curve(windows, t0Ms - CURVE_BEFORE_MS, Math.min(toMs + CURVE_AFTER_MS, rows.lastEndMs)),
  };
}

/** Fail-back and recovery, from the heal to the next fault or the end. */
function afterwards(
  rows: ClockRows,
  region: ClockRegion,
  f: number,
  before: Usual | null,
): Pick<RegionFailover, 'failBackMs' | 'recoveryMs' | 'watchedMs'> {
  const healMs = healOf(rows, f);
  if (healMs === null) return { failBackMs: null, recoveryMs: null, watchedMs: 0 };
  const next = rows.fromMs.reduce((least, t0Ms) => (t0Ms >= healMs ? Math.min(least, t0Ms) : least), Infinity);
  const endMs = Math.min(next, rows.lastEndMs);
  const watchedMs = Math.max(0, endMs - healMs);
  if (before === null) return { failBackMs: null, recoveryMs: null, watchedMs };
  const returning = region.returning.bins.windows();
  const { first, last } = windowsWithin(returning, healMs, endMs);
  const since = (i: number | null): number | null => (i === null ? null : i === first ? 0 : round(i * BIN_MS - healMs));
  const all = region.movable.bins.windows();
  return {
    // Where no answer of the baseline came from home, nothing could tell that clients are back there.
    failBackMs: since(
      before.homeShare === 0
        ? null
        : sustained(
            first,
            last,
            (i) => returning.isJudged(i) && returning.homeShare(i)! >= BACK_SHARE * before.homeShare,
          ),
    ),
    recoveryMs: since(
      sustained(
        first,
        last,
        (i) =>
          returning.isJudged(i) &&
          returning.badShare(i)! <= before.badShare &&
          returning.slowShare(i)! <= before.slowShare &&
          !all.isBad(i),
      ),
    ),
    watchedMs,
  };
}

/** t1 of the fault, or of the last of those that overlap it one after the other; null without one. */
function healOf(rows: ClockRows, f: number): number | null {
  let healMs = rows.faults[f]!.t1Ms;
  if (rows.faults[f]!.t0Ms === null || healMs === null) return null;
  for (let moved = true; moved;) {
    moved = false;
    for (const [other, toMs] of rows.toMs.entries()) {
      if (rows.fromMs[other]! > healMs || toMs <= healMs) continue;
      if (toMs === Infinity) return null;
      healMs = toMs;
      moved = true;
    }
  }
  return healMs;
}

function baselineOf(rows: ClockRows, region: ClockRegion): Usual | null {
  const [from, to] = baselineSpan(rows);
  return usual(region.returning.bins.windows(), from, to);
}

/** The baseline, from when there were clock clients (they change the mix of cities) to the first fault. */
function baselineSpan(rows: ClockRows): [fromMs: number, toMs: number] {
  const phases = rows.plan.phases.filter((phase) => phase.judged && phase.name === 'baseline');
  const fromMs = Math.min(...phases.map((phase) => phase.fromMs));
  const toMs = Math.max(...phases.map((phase) => phase.toMs));
  const clockMs = rows.firstClockMs === Infinity ? 0 : rows.firstClockMs + WINDOW_MS;
  const asked = rows.faults.map((f) => f.askedMs ?? f.t0Ms ?? Infinity);
  return [Math.max(fromMs, clockMs), Math.min(toMs, ...asked)];
}

const isTimed = (unit: Unit, f: number, t0Ms: number, toMs: number): boolean =>
  unit.due[f]! > 0 && unit.due[f]! >= (LEAST_PER_SECOND * (toMs - t0Ms)) / 1000;

/**
 * The latest recovery; none if any has none. Writes, which are few and so coarse, count where they are surely later.
 */
function worst(timed: CohortFailover[]): Pick<RegionFailover, 'rtoFromMs' | 'rtoToMs'> {
  const none = { rtoFromMs: null, rtoToMs: null };
  const latest = (of: CohortFailover[]): { rtoFromMs: number; rtoToMs: number } => ({
    rtoFromMs: Math.max(...of.map(({ rtoFromMs }) => rtoFromMs ?? 0)),
    rtoToMs: Math.max(...of.map(({ rtoToMs }) => rtoToMs ?? 0)),
  });
  if (timed.every(({ cohort }) => cohort === WRITES) || timed.some(({ rtoToMs }) => rtoToMs === null)) return none;
  const cohorts = latest(timed.filter(({ cohort }) => cohort !== WRITES));
  const writes = latest(timed.filter(({ cohort }) => cohort === WRITES));
  return writes.rtoFromMs > cohorts.rtoToMs ? writes : cohorts;
}

function curve(windows: Windows, fromMs: number, toMs: number): CohortFailover['curve'] {
  const { first, last } = windowsWithin(windows, fromMs, toMs);
  const step = Math.max(CURVE_STEP_MS / BIN_MS, Math.ceil((last - first) / CURVE_POINTS));
  const at: number[] = [];
  for (let i = first; i <= last; i += step) at.push(i);
  return {
    atMs: at.map((i) => i * BIN_MS),
    elsewhereShare: at.map((i) => windows.awayShare(i)),
    badShare: at.map((i) => windows.badShare(i)),
  };
}
