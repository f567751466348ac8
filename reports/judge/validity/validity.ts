/**
 * Did the run test its claims at all? Each check has evidence or it is not ok: what was not observed never counts as
 * well. Any check that is not ok makes the run INVALID; generator lag does so for its regions' cells.
 */
import type { RunPlan } from '../../../src/formats/plan.ts';
import type { Conservation, ValidityCheck } from '../../run-result.ts';
import { lowerBound } from '../../../src/statistics/binomial.ts';
import { ALPHA } from '../../../src/statistics/decision.ts';
import type { Answers } from './answers.ts';
import type { SpoilingCheck } from './check.ts';
import { generatorResources } from './exhaustion.ts';
import type { ExhaustionFigures } from './exhaustion.ts';
import type { LagFigures } from './lag.ts';
import type { RecordingFacts } from '../rows/recording-reader.ts';
import type { Journal } from '../../../src/formats/journal-lines.ts';
import { count, list, ms, percentAsWritten, percentBeside } from '../../../src/formats/words.ts';

export interface Evidence {
  plan: RunPlan;
  journal: Journal;
  sealProblems: string[];
  conservation: Conservation;
  recording: RecordingFacts;
  /** Total variation of the mix; null when there is none to compare. */
  mixVariation: number | null;
  answers: Answers;
  lag: LagFigures;
  exhaustion: ExhaustionFigures;
}

/** Every check of a run, in the order reports show them. */
export function validityChecks(e: Evidence): SpoilingCheck[] {
  return [
    seal(e),
    conservation(e),
    targetCounters(e),
    mix(e),
    // Before what it brings about: it is the reason that a run gives.
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
): SpoilingCheck {
  return { id, ok, value, limit, note, regions };
}

function seal({ sealProblems }: Evidence): SpoilingCheck {
  const ok = sealProblems.length === 0;
  const note = ok ? 'Every file is as it was when the run ended.' : `${sealProblems.join('; ')}.`;
  return check('seal', ok, ok ? 'intact' : 'broken', 'intact', note);
}

function conservation({ plan, conservation: c, recording }: Evidence): SpoilingCheck {
  const problems = [
    c.planned !== plan.rows && `the plan has ${count(plan.rows)} requests, the timetable ${count(c.planned)}`,
    c.missing > 0 && `${count(c.missing)} planned requests are missing`,
    c.doubled > 0 && `${count(c.doubled)} are recorded twice`,
    c.unknown > 0 && `${count(c.unknown)} recorded rows were never planned`,
    recording.malformedLines > 0 &&
      `${count(recording.malformedLines)} lines of the recording are malformed (${recording.malformed.join('; ')})`,
  ].filter((problem) => problem !== false);
  const open = [
    c.notYetDue > 0 && `${count(c.notYetDue)} were not yet due when the run was stopped`,
    c.interrupted > 0 && `${count(c.interrupted)} were interrupted by it`,
  ].filter((text) => text !== false);
  const ok = problems.length === 0;
  const note = !ok
    ? `${list(problems)}.`
    : `Every planned request is recorded once${open.length > 0 ? `, or explained: ${list(open)}` : ''}.`;
  return check('conservation', ok, `${count(c.recorded)} of ${count(c.planned)}`, 'every row once', note);
}

function targetCounters({ plan, journal, answers, conservation: c }: Evidence): SpoilingCheck {
  const limit = 'counters and recording agree';
  const counters = journal.last('world-counters')?.counters;
  if (!counters) {
    if (plan.target.world !== null)
      return check('target-counters', false, 'missing', limit, 'The world’s own request counters were not read.');
    const note = 'This target has no request counters of its own; conservation rests on the recording alone.';
    return check('target-counters', true, 'none', limit, note);
  }
  const problems = answers.compare(counters, c.interrupted);
  const value = `${count(counters.reduce((sum, { requests }) => sum + requests, 0))} requests`;
  const note = problems.length === 0 ? 'The target counted what was recorded.' : `${problems.join('; ')}.`;
  return check('target-counters', problems.length === 0, value, limit, note);
}

function mix({ plan, mixVariation }: Evidence): SpoilingCheck {
  const most = plan.validity.mixTotalVariation;
  const limit = `<= ${percentAsWritten(most)}`;
  if (mixVariation === null) return check('mix', false, 'no requests', limit, 'Nothing of the mix was recorded.');
  const ok = mixVariation <= most;
  const note = `The requests recorded by city and operation ${ok ? 'are' : 'differ from'} those that were planned.`;
  return check('mix', ok, percentBeside(mixVariation, most), limit, note);
}

function generatorLag({ plan, lag }: Evidence): SpoilingCheck {
  const limit = `p99 <= ${plan.validity.lagP99Ms} ms`;
  const measured = lag.regions.map((region, i) => ({ ...region, i, id: plan.regions[i]!.id })).filter((r) => r.n > 0);
  if (measured.length === 0) return check('generator-lag', false, 'no requests', limit, 'No request was judged.');
  const late = measured.filter((r) => r.late > 0.01 * r.n);
  const worst = measured.reduce((a, b) => ((b.p99Ms ?? 0) > (a.p99Ms ?? 0) ? b : a));
  const note =
    late.length === 0
      ? 'Requests left when they were due.'
      : `Requests for ${list(late.map((r) => r.id))} left late although their clients were free: the generator could not keep up.`;
  const regions = late.length === measured.length ? null : late.map((r) => r.i);
  return check('generator-lag', late.length === 0, `p99 ${ms(worst.p99Ms)} (${worst.id})`, limit, note, regions);
}

function controlSeries({ plan, lag: { control } }: Evidence): SpoilingCheck {
  const limit = `p99 <= ${plan.validity.controlP99Ms} ms`;
  if (control.n === 0)
    return check('control-series', false, 'none', limit, 'No request of the control series was recorded.');
  // The series is short, so its p99 is a matter of two or three echoes: too slow is what is so with 95 % confidence.
  const ok = lowerBound(control.late, control.n, ALPHA) <= 0.01;
  const note = ok
    ? (slowEchoes(plan, control) ?? 'An echo inside the harness came back at once.')
    : 'An echo inside the harness was slow: what was measured is partly this machine, not the target.';
  return check('control-series', ok, `p99 ${ms(control.p99Ms)} of ${count(control.n)}`, limit, note);
}

/**
 * What the control series says of a machine that was perhaps too slow: more than 1 % of its echoes were over the limit,
 * surely so or not. Null where they were not. Whoever looks for the cause of a FAIL of latency should know (decision
 * 0010).
 */
export const slowEchoes = ({ validity }: RunPlan, { late, n }: LagFigures['control']): string | null =>
  late > 0.01 * n
    ? `${count(late)} of ${count(n)} echoes inside the harness took over ${validity.controlP99Ms} ms, too: it may be this machine.`
    : null;

function generatorCpu({ plan, journal }: Evidence): SpoilingCheck {
  const most = plan.validity.generatorCpuShare;
  const limit = `<= ${percentAsWritten(most)}`;
  const share = cpuShare(journal);
  if (share === null)
    return check('generator-cpu', false, 'not measured', limit, 'The generator’s CPU time was not recorded.');
  const ok = share <= most;
  const note = ok ? 'The generator had CPU to spare.' : 'The generator used up its CPU: it was the bottleneck.';
  return check('generator-cpu', ok, percentBeside(share, most), limit, note);
}

function generatorExit({ journal }: Evidence): SpoilingCheck {
  const limit = 'exit code 0';
  const ends = journal.all('generator-ended');
  if (ends.length === 0)
    return check('generator-exit', false, 'unknown', limit, 'The end of the generator was not seen.');
  const { stop } = journal;
  const bad = stop ? undefined : ends.find((end) => end.exitCode !== 0);
  const end = bad ?? ends.at(-1)!;
  const value = end.exitCode === null ? (end.signal ?? 'unknown') : String(end.exitCode);
  const said = end.message.trim().split('\n').at(-1) ?? '';
  const note = !bad
    ? stop
      ? 'The generator was stopped on request.'
      : 'The generator played the timetable to its end.'
    : `The generator ended by itself${said ? `: ${said}` : ''}.`;
  return check('generator-exit', !bad, value, limit, note);
}

function clock({ plan, journal }: Evidence): SpoilingCheck {
  const most = plan.validity.clockStepMs;
  const limit = `steps <= ${most} ms`;
  // The watch writes only steps; that it ran from before T0 to the end of the generator is known by those two lines.
  if (!journal.last('t0') || !journal.last('generator-ended'))
    return check('clock', false, 'not watched', limit, 'The clock was not watched over the whole run.');
  const steps = journal.all('clock').map(({ stepMs }) => Math.abs(stepMs));
  const largest = Math.max(0, ...steps);
  const ok = largest <= most;
  const note = ok
    ? 'Wall clock and monotonic clock ran alike.'
    : 'The wall clock stepped during the run: due times and latencies are not comparable.';
  return check('clock', ok, `largest ${ms(largest)}`, limit, note);
}

function calibration({ plan, journal }: Evidence): SpoilingCheck {
  const most = plan.validity.laneErrorMs;
  const limit = `|p50 - nominal| <= ${most} ms`;
  const lanes = journal.last('lanes-calibrated')?.lanes;
  if (plan.lanes === 'none' && (lanes ?? []).length === 0)
    return check('calibration', true, 'no lanes', limit, 'The generator stands where its clients do.');
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
  const off = lanes.filter((l) => !(Math.abs(l.p50Ms - l.nominalMs) <= most));
  const worst = Math.max(0, ...lanes.map((l) => Math.abs(l.p50Ms - l.nominalMs)));
  const problems = [
    ...off.map((l) => `${name(l.origin, l.region)} has ${ms(l.p50Ms)} instead of ${ms(l.nominalMs)}`),
    ...missing.map((lane) => `${lane} was not calibrated`),
  ];
  const note =
    problems.length === 0
      ? 'Every lane has its round trip.'
      : `${list(problems.slice(0, 4))}${problems.length > 4 ? ` and ${problems.length - 4} more` : ''}.`;
  return check('calibration', problems.length === 0, `worst ${ms(worst)} of ${lanes.length} lanes`, limit, note);
}

/** CPU of the generator as a share of the cores it may use, the busiest stretch that was noted; null if none was. */
export function cpuShare(journal: Journal): number | null {
  const shares = journal
    .all('generator-health')
    .filter(({ wallSeconds, cores }) => wallSeconds > 0 && cores > 0)
    .map(({ cpuSeconds, wallSeconds, cores }) => cpuSeconds / wallSeconds / cores);
  return shares.length === 0 ? null : Math.max(...shares);
}
