/**
 * Did the run test its claims at all? A check without evidence fails. Any failed check makes the run INVALID; generator
 * lag invalidates the cells of its regions only.
 */
import type { RunPlan } from '../../../src/formats/plan.ts';
import type { Conservation, ValidityCheck } from '../../run-result.ts';
import { lowerBound } from '../../../src/statistics/binomial.ts';
import { ALPHA } from '../../../src/statistics/decision.ts';
import type { RegionResponses } from './region-responses.ts';
import type { RegionalCheck } from './check.ts';
import { generatorResources } from './exhaustion.ts';
import type { ExhaustionFigures } from './exhaustion.ts';
import type { LagFigures } from './lag.ts';
import type { RecordingFacts } from '../rows/recording-reader.ts';
import type { Journal } from '../../../src/formats/journal-lines.ts';
import { count, list, ms, percent, percentAsWritten, percentBeside } from '../../../src/formats/words.ts';

export interface Evidence {
  plan: RunPlan;
  journal: Journal;
  sealProblems: string[];
  conservation: Conservation;
  recording: RecordingFacts;
  /** Total variation of the mix; null when there is none to compare. */
  mixVariation: number | null;
  responses: RegionResponses;
  lag: LagFigures;
  exhaustion: ExhaustionFigures;
}

/** Every check of a run, in the order reports show them. */
export function validityChecks(e: Evidence): RegionalCheck[] {
  return [
    seal(e),
    conservation(e),
    targetCounters(e),
    mix(e),
    // Before its consequences: a run reports the first failed check as the reason.
    generatorResources(e.exhaustion),
    generatorLag(e),
    controlSeries(e),
    generatorCpu(e),
    generatorExit(e),
    clock(e),
    calibration(e),
  ];
}

function check(
  id: ValidityCheck['id'],
  ok: boolean,
  value: string,
  limit: string,
  note: string,
  regions: number[] | null = null,
): RegionalCheck {
  return { id, ok, value, limit, note, regions };
}

function seal({ sealProblems }: Evidence): RegionalCheck {
  const ok = sealProblems.length === 0;
  const note = ok ? 'No file has changed since the run ended.' : `${sealProblems.join('; ')}.`;
  return check('seal', ok, ok ? 'intact' : 'broken', 'intact', note);
}

function conservation({ plan, conservation: c, recording }: Evidence): RegionalCheck {
  const problems = [
    c.planned !== plan.rows && `the plan has ${count(plan.rows)} requests, the timetable ${count(c.planned)}`,
    c.missing > 0 && `${count(c.missing)} planned requests are missing`,
    c.duplicates > 0 && `${count(c.duplicates)} are recorded twice`,
    c.unknown > 0 && `${count(c.unknown)} recorded rows are not in the plan`,
    recording.malformedLines > 0 &&
      `${count(recording.malformedLines)} lines of the recording are malformed (${recording.malformed.join('; ')})`,
  ].filter((problem) => problem !== false);
  const open = [
    c.notYetDue > 0 && `${count(c.notYetDue)} were not yet due when the run was stopped`,
    c.interrupted > 0 && `${count(c.interrupted)} were interrupted by the stop`,
  ].filter((text) => text !== false);
  const ok = problems.length === 0;
  const note = !ok
    ? `${list(problems)}.`
    : `Every planned request is recorded once${open.length > 0 ? `, or explained: ${list(open)}` : ''}.`;
  return check('conservation', ok, `${count(c.recorded)} of ${count(c.planned)}`, 'every row once', note);
}

function targetCounters({ plan, journal, responses, conservation: c }: Evidence): RegionalCheck {
  const limit = 'counters and recording agree';
  const counters = journal.last('world-counters')?.counters;
  if (!counters) {
    if (plan.target.world !== null)
      return check('target-counters', false, 'missing', limit, 'The world’s own request counters were not read.');
    const note = 'This target has no request counters of its own; conservation relies on the recording alone.';
    return check('target-counters', true, 'none', limit, note);
  }
  const problems = responses.compare(counters, c.interrupted);
  const value = `${count(counters.reduce((sum, { requests }) => sum + requests, 0))} requests`;
  const note = problems.length === 0 ? 'The target’s counters match the recording.' : `${problems.join('; ')}.`;
  return check('target-counters', problems.length === 0, value, limit, note);
}

function mix({ plan, mixVariation }: Evidence): RegionalCheck {
  const max = plan.validity.mixTotalVariation;
  const limit = `<= ${percentAsWritten(max)}`;
  if (mixVariation === null)
    return check('mix', false, 'no requests', limit, 'No request of the traffic mix was recorded.');
  const ok = mixVariation <= max;
  const note = `The recorded requests by city and operation ${ok ? 'match' : 'differ from'} the plan.`;
  return check('mix', ok, percentBeside(mixVariation, max), limit, note);
}

function generatorLag({ plan, lag }: Evidence): RegionalCheck {
  const limit = `p99 <= ${plan.validity.lagP99Ms} ms`;
  const measured = lag.regions.map((region, i) => ({ ...region, i, id: plan.regions[i]!.id })).filter((r) => r.n > 0);
  if (measured.length === 0) return check('generator-lag', false, 'no requests', limit, 'No request was judged.');
  const late = measured.filter((r) => r.late > 0.01 * r.n);
  const worst = measured.reduce((a, b) => ((b.p99Ms ?? 0) > (a.p99Ms ?? 0) ? b : a));
  const note =
    late.length === 0
      ? 'Requests were sent when they were due.'
      : `Requests for ${list(late.map((r) => r.id))} were sent late although their clients were free: the generator could not keep up.`;
  const regions = late.length === measured.length ? null : late.map((r) => r.i);
  return check('generator-lag', late.length === 0, `p99 ${ms(worst.p99Ms)} (${worst.id})`, limit, note, regions);
}

function controlSeries({ plan, lag: { control } }: Evidence): RegionalCheck {
  const limit = `p99 <= ${plan.validity.controlP99Ms} ms`;
  if (control.n === 0)
    return check('control-series', false, 'none', limit, 'No request of the control series was recorded.');
  // The series is short, so its p99 rests on two or three echoes: it must be too slow with 95 % confidence.
  const ok = lowerBound(control.late, control.n, ALPHA) <= 0.01;
  const note = ok
    ? (slowEchoes(plan, control) ?? 'Echoes inside the harness returned in time.')
    : 'Echoes inside the harness were slow: part of the measured latency is this machine, not the target.';
  return check('control-series', ok, `p99 ${ms(control.p99Ms)} of ${count(control.n)}`, limit, note);
}

/**
 * Warning that this machine may have been too slow: more than 1 % of the control echoes were over the limit, with or
 * without confidence; null otherwise. It is added to a FAIL of latency (decision 0010).
 */
const slowEchoes = ({ validity }: RunPlan, { late, n }: LagFigures['control']): string | null =>
  late > 0.01 * n
    ? `${count(late)} of ${count(n)} echoes inside the harness also took longer than ${validity.controlP99Ms} ms, so this machine may be the cause.`
    : null;

/** Requests that are due while the CPU is withheld are late; from this share on a p99 may be due to that. */
const MAX_STEAL_SHARE = 0.01;

/** Why this machine, not the target, may be the cause of a FAIL of latency; null if nothing speaks for it. */
export function slowMachine(plan: RunPlan, control: LagFigures['control'], journal: Journal): string | null {
  const stolen = stealShare(journal) ?? 0;
  return (
    slowEchoes(plan, control) ??
    (stolen > MAX_STEAL_SHARE
      ? `The hypervisor gave ${percent(stolen)} of this machine's CPU time to others (steal), so this machine may be the cause.`
      : null)
  );
}

/** The largest share of CPU time that was stolen from a machine of this run; null if it was not measured. */
export function stealShare(journal: Journal): number | null {
  const shares = journal.all('generator-health').flatMap(({ stealShare: share }) => share ?? []);
  return shares.length === 0 ? null : Math.max(...shares);
}

function generatorCpu({ plan, journal }: Evidence): RegionalCheck {
  const max = plan.validity.generatorCpuShare;
  const limit = `<= ${percentAsWritten(max)}`;
  const share = cpuShare(journal);
  if (share === null)
    return check('generator-cpu', false, 'not measured', limit, 'The generator’s CPU time was not recorded.');
  const ok = share <= max;
  const note = ok ? 'The generator had CPU to spare.' : 'The generator used up its CPU: it was the bottleneck.';
  return check('generator-cpu', ok, percentBeside(share, max), limit, note);
}

function generatorExit({ journal }: Evidence): RegionalCheck {
  const limit = 'exit code 0';
  const ends = journal.all('generator-ended');
  if (ends.length === 0)
    return check('generator-exit', false, 'unknown', limit, 'The exit of the generator was not recorded.');
  const { stop } = journal;
  const bad = stop ? undefined : ends.find((end) => end.exitCode !== 0);
  const end = bad ?? ends.at(-1)!;
  const value = end.exitCode === null ? (end.signal ?? 'unknown') : String(end.exitCode);
  const message = end.message.trim().split('\n').at(-1) ?? '';
  const note = !bad
    ? stop
      ? 'The generator was stopped on request.'
      : 'The generator completed the timetable.'
    : `The generator exited on its own${message ? `: ${message}` : ''}.`;
  return check('generator-exit', !bad, value, limit, note);
}

function clock({ plan, journal }: Evidence): RegionalCheck {
  const max = plan.validity.clockStepMs;
  const limit = `steps <= ${max} ms`;
  // Only steps are journaled. These two events prove that the clock was monitored from before T0 to the end.
  if (!journal.last('t0') || !journal.last('generator-ended'))
    return check('clock', false, 'not monitored', limit, 'The clock was not monitored over the whole run.');
  const steps = journal.all('clock').map(({ stepMs }) => Math.abs(stepMs));
  const largest = Math.max(0, ...steps);
  const ok = largest <= max;
  const note = ok
    ? 'Wall clock and monotonic clock agreed.'
    : 'The wall clock stepped during the run: due times and latencies are not comparable.';
  return check('clock', ok, `largest ${ms(largest)}`, limit, note);
}

function calibration({ plan, journal }: Evidence): RegionalCheck {
  const max = plan.validity.laneErrorMs;
  const limit = `|p50 - nominal| <= ${max} ms`;
  const lanes = journal.last('lanes-calibrated')?.lanes;
  if (plan.lanes === 'none' && (lanes ?? []).length === 0)
    return check('calibration', true, 'no lanes', limit, 'There are no lanes: the network is as it is.');
  if (!lanes) return check('calibration', false, 'missing', limit, 'The lanes were not calibrated.');
  const name = (origin: number, region: number): string =>
    `${plan.origins[origin]?.id ?? 'control'} -> ${plan.regions[region]?.id ?? (region < 0 ? 'echo' : 'edge')}`;
  const missing = plan.origins.flatMap((origin, o) =>
    plan.lanes === 'none' || origin.kind !== 'city'
      ? []
      : [...plan.regions.keys()]
          .filter((r) => !lanes.some((l) => l.origin === o && l.region === r && l.samples > 0))
          .map((r) => name(o, r)),
  );
  const off = lanes.filter((l) => !(Math.abs(l.p50Ms - l.nominalMs) <= max));
  const worst = Math.max(0, ...lanes.map((l) => Math.abs(l.p50Ms - l.nominalMs)));
  const problems = [
    ...off.map((l) => `${name(l.origin, l.region)} has ${ms(l.p50Ms)} instead of ${ms(l.nominalMs)}`),
    ...missing.map((lane) => `${lane} was not calibrated`),
  ];
  const note =
    problems.length === 0
      ? 'Every lane has its nominal round trip.'
      : `${list(problems.slice(0, 4))}${problems.length > 4 ? ` and ${problems.length - 4} more` : ''}.`;
  return check('calibration', problems.length === 0, `worst ${ms(worst)} of ${lanes.length} lanes`, limit, note);
}

/** CPU of the generator as a share of its cores, in the busiest interval; null if not measured. */
export function cpuShare(journal: Journal): number | null {
  const shares = journal
    .all('generator-health')
    .filter(({ wallSeconds, cores }) => wallSeconds > 0 && cores > 0)
    .map(({ cpuSeconds, wallSeconds, cores }) => cpuSeconds / wallSeconds / cores);
  return shares.length === 0 ? null : Math.max(...shares);
}
