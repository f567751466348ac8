/** Figures of the failover clock: the effect of a fault on the clients of one region. Definitions are in clock.ts. */
import type { PlanFault } from '../../../src/formats/faults.ts';
import type { RunPlan } from '../../../src/formats/plan.ts';
import type { CohortFailover, RegionFailover } from './schema.ts';
import { COHORTS } from '../../../src/formats/timetable.ts';
import { BIN_MS, type ClockBins, WINDOW_MS, type Windows } from './bins.ts';
import { detected, reachedElsewhere, recovered, sustained, type Usual, usual, windowsWithin } from './times.ts';
import type { FaultInstants } from '../fault-instants.ts';
import { round } from '../../../src/statistics/histogram.ts';

const DIRECT = COHORTS.indexOf('direct');
/** Clients are back in their home region at this fraction of the baseline's home share. */
const BACK_SHARE = 0.95;
/** The curves start this long before t0 and end this long after t1. */
const CURVE_BEFORE_MS = 5000;
const CURVE_AFTER_MS = 15_000;
const CURVE_STEP_MS = 500;
const CURVE_POINTS = 200;

/** With fewer requests a second there are no times: windows would be empty and times coarse. */
export const MIN_PER_SECOND = 9;
export const WRITES = 'writes';

/** A group of clients of one region: their bins, and per fault the requests due during it. */
export interface Unit {
  name: string;
  bins: ClockBins;
  due: Float64Array;
  bad: Float64Array;
}

/**
 * Cohorts that are excluded from the limits. `direct` clients have a regional hostname. `sticky` clients move when
 * their connection breaks; if the fault makes it hang instead, each learns of it with its next request, at any time
 * (docs/decisions/0013).
 */
export const excludedBy = ({ hangs }: Pick<PlanFault, 'hangs'>): string[] =>
  hangs ? ['direct', 'sticky'] : ['direct'];

/** The clock's data of one region. */
export interface ClockRegion {
  index: number;
  cohorts: Unit[];
  writes: Unit;
  /** Clients that routing can move, and those of them that return to their home region by themselves. */
  movable: Unit;
  returning: Unit;
  users: { due: Float64Array; bad: Float64Array; blocked: Float64Array; retried: Float64Array };
  firstBadMs: Float64Array;
}

/** The clock's data of the run. */
export interface ClockRows {
  plan: RunPlan;
  faults: FaultInstants[];
  /** [t0, t1] by fault; without a t1 to the end of the run, empty without a t0. */
  fromMs: Float64Array;
  toMs: Float64Array;
  /** End of the last request, and start of the first clock request. */
  lastEndMs: number;
  firstClockMs: number;
}

/** Effect of the fault with index `f` in one region. */
export function regionFigures(rows: ClockRows, region: ClockRegion, f: number): RegionFailover {
  const t0Ms = rows.faults[f]!.t0Ms;
  const toMs = Math.min(rows.toMs[f]!, rows.lastEndMs);
  const cohorts = [...region.cohorts, region.writes]
    .filter((unit) => unit.due[f]! > 0)
    .map((unit) => cohortFigures(rows, unit, f, t0Ms ?? 0, toMs));
  const excludedCohorts = excludedBy(rows.faults[f]!.fault);
  const covered = cohorts.filter(({ cohort }) => !excludedCohorts.includes(cohort));
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
    requests: region.users.due[f]!,
    bad: region.users.bad[f]!,
    clientBlocked: region.users.blocked[f]!,
    retried: region.users.retried[f]!,
    timed: timed.some(({ cohort }) => cohort !== WRITES),
    timedAfter: isTimed(region.returning, f, t0Ms ?? 0, toMs),
    excludedCohorts,
    unmeasuredCohorts: covered.filter((cohort) => !cohort.timed).map(({ cohort }) => cohort),
    timeToImpactMs: since(impactMs === Infinity ? null : impactMs),
    failoverMs: since(firstMs),
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

/** Fail-back and recovery, from t1 to the next fault or the end of the run. */
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
    // Without a response from the home region in the baseline, fail-back cannot be detected.
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

/** t1 of the fault, or of the last in a chain of overlapping faults; null without one. */
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

/** The baseline, from the first clock request (clock clients change the mix of cities) to the first fault. */
function baselineSpan(rows: ClockRows): [fromMs: number, toMs: number] {
  const phases = rows.plan.phases.filter((phase) => phase.judged && phase.name === 'baseline');
  const fromMs = Math.min(...phases.map((phase) => phase.fromMs));
  const toMs = Math.max(...phases.map((phase) => phase.toMs));
  const clockMs = rows.firstClockMs === Infinity ? 0 : rows.firstClockMs + WINDOW_MS;
  const asked = rows.faults.map((f) => f.askedMs ?? f.t0Ms ?? Infinity);
  return [Math.max(fromMs, clockMs), Math.min(toMs, ...asked)];
}

const isTimed = (unit: Unit, f: number, t0Ms: number, toMs: number): boolean =>
  unit.due[f]! > 0 && unit.due[f]! >= (MIN_PER_SECOND * (toMs - t0Ms)) / 1000;

/** The latest recovery; none if a cohort has none. Writes are few, so they decide only if they are certainly later. */
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
