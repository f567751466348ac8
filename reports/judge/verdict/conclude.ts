/** From the verdicts of the cells to the one of the run: exit code, the one sentence why, the one thing to do next. */
import { EXIT } from '../../../src/errors.ts';
import type { RunPlan } from '../../../src/formats/plan.ts';
import type { CellVerdict, RunResult, ValidityCheck } from '../../run-result.ts';
import { leftEvacuated } from '../../../claims/measures/failover/evacuation.ts';
import { brokenBaseline, damage, names, wasInterrupted, whyAborted } from './experiment-outcome.ts';
import { type FaultInstants, unhealed, whyUntested } from '../../../claims/measures/fault-instants.ts';
import { isViolated } from './findings.ts';
import { judgedSeconds } from '../rows/row-context.ts';
import { lacksRegions } from './requests.ts';
import type { Journal } from '../../../src/formats/journal-lines.ts';
import { count, list } from '../../../src/formats/words.ts';

type Conclusion = Pick<RunResult, 'verdict' | 'exitCode' | 'why' | 'next'>;

/** What a conclusion is drawn from. */
export interface Judged {
  plan: RunPlan;
  journal: Journal;
  cells: CellVerdict[];
  checks: ValidityCheck[];
  faults: FaultInstants[];
  /** What speaks against the machine, null for nothing: a FAIL of latency says it. */
  doubt: string | null;
}

/**
 * The first that applies, in the order of DESIGN section 4: target perhaps damaged or still evacuated, interrupted,
 * INVALID, ABORTED, FAIL, INCONCLUSIVE, PASS. A fault that was not there is INVALID, unless the baseline did not hold
 * and so nothing was injected. Informational cells never move it; a plan that gates nothing cannot PASS.
 */
const RULES: ((run: Judged) => Conclusion | null)[] = [
  damaged,
  evacuated,
  interrupted,
  invalid,
  guarded,
  (run) => (run.faults.every((f) => !f.injected) ? brokenBefore(run) : null),
  // A fault without its bite ends a run, so that what ended it is not news.
  ({ faults }) => untestedRun(faults.filter((f) => f.injected)),
  stopped,
  aborted,
  brokenBefore,
  withoutFault,
  failed,
  unproven,
  undecided,
];

export function concludeRun(run: Judged): Conclusion {
  for (const rule of RULES) {
    const conclusion = rule(run);
    if (conclusion !== null) return conclusion;
  }
  return {
    verdict: 'PASS',
    exitCode: EXIT.pass,
    why: `All ${count(gatingOf(run).length)} gating cells hold, each with 95 % confidence.`,
    next: '',
  };
}

const gatingOf = ({ cells }: Judged): CellVerdict[] => cells.filter((cell) => cell.gating);

function damaged({ plan, faults }: Judged): Conclusion | null {
  const open = unhealed(faults);
  if (open.length === 0) return null;
  return { verdict: 'INVALID', exitCode: EXIT.impaired, why: damage(open), next: `npm run heal -- ${plan.runId}` };
}

function evacuated({ plan, journal }: Judged): Conclusion | null {
  const why = leftEvacuated(plan, journal);
  const next = 'Take it back by hand: `evacuate:` of the experiment says how.';
  return why === null ? null : { verdict: 'INVALID', exitCode: EXIT.impaired, why, next };
}

function interrupted({ plan, journal }: Judged): Conclusion | null {
  const { stop } = journal;
  if (stop?.why !== 'interrupt' && !wasInterrupted(journal)) return null;
  return {
    verdict: 'ABORTED',
    exitCode: EXIT.interrupted,
    why: `Interrupted after ${seconds(stop?.ms ?? null)}; every request up to then is recorded and judged.`,
    next: plan.command,
  };
}

/** A run that did not test its claims; something that must never happen is FAIL all the same. */
function invalid(run: Judged): Conclusion | null {
  const failing = run.checks.filter((check) => !check.ok);
  if (failing.length === 0) return null;
  const violated = gatingOf(run).filter((cell) => isViolated(cell, run.checks));
  const ids = list(failing.map((check) => check.id));
  if (violated.length > 0)
    return {
      verdict: 'FAIL',
      exitCode: EXIT.fail,
      why: `${names(violated)}: ${violated[0]!.why} Nothing else of this run counts (${ids}).`,
      next: JOURNAL,
    };
  return {
    verdict: 'INVALID',
    exitCode: EXIT.invalid,
    why: `The run did not test its claims (${ids}): ${failing[0]!.note}`,
    next: REMEDY[failing[0]!.id],
  };
}

function guarded({ journal }: Judged): Conclusion | null {
  // One that kept the faults back for a broken baseline is that claim's FAIL.
  const guard = journal.all('guard').findLast((line) => line.guard !== 'baseline');
  if (guard === undefined) return null;
  return {
    verdict: 'ABORTED',
    exitCode: EXIT.aborted,
    why: `Ended by the guard ${guard.guard}: ${guard.message}. What was broken was undone first.`,
    next: JOURNAL,
  };
}

function stopped({ plan, journal }: Judged): Conclusion | null {
  const { stop } = journal;
  if (stop?.why === 'error')
    return {
      verdict: 'INVALID',
      exitCode: EXIT.invalid,
      why: `The harness stopped the run after ${seconds(stop.ms)}: ${stop.message}`,
      next: 'Run `npm run doctor`, then run again.',
    };
  if (!stop && !journal.cutShort) return null;
  return {
    verdict: 'ABORTED',
    exitCode: EXIT.aborted,
    why: `Stopped after ${seconds(stop?.ms ?? null)}${stop ? `: ${stop.message}` : ''}.`,
    next: plan.command,
  };
}

function aborted({ journal }: Judged): Conclusion | null {
  const why = whyAborted(journal);
  if (why === null) return null;
  return {
    verdict: 'ABORTED',
    exitCode: EXIT.aborted,
    why: `Ended before its time: ${why}. What was broken was undone first.`,
    next: JOURNAL,
  };
}

function withoutFault({ plan, faults }: Judged): Conclusion | null {
  if (plan.experiment !== null && faults.length === 0)
    return untestedBecause('The experiment has no fault, so it tested nothing.', faults);
  return untestedRun(faults);
}

function failed(run: Judged): Conclusion | null {
  const cells = gatingOf(run).filter((cell) => cell.status === 'FAIL');
  if (cells.length === 0) return null;
  const machine = cells.every(({ kind }) => kind === 'latency') ? run.doubt : null;
  const shown =
    cells[0]!.evidence === 'share'
      ? 'the ten worst requests of every FAIL'
      : 'what was broken, and what clients saw of it';
  return {
    verdict: 'FAIL',
    exitCode: EXIT.fail,
    why: `${names(cells)}: ${cells[0]!.why}${machine === null ? '' : ` ${machine}`}`,
    next: machine === null ? `Open runs/${run.plan.runId}/report.html: it shows ${shown}.` : REMEDY['control-series'],
  };
}

function unproven(run: Judged): Conclusion | null {
  const gating = gatingOf(run);
  const claims = run.plan.claims.filter((claim) => claim.gating && !gating.some((cell) => cell.claim === claim.id));
  if (gating.length > 0 && claims.length === 0) return null;
  return {
    verdict: 'INCONCLUSIVE',
    exitCode: EXIT.inconclusive,
    why:
      gating.length === 0
        ? 'No claim of this target gates, so there is nothing a run could pass.'
        : `Nothing was planned that could prove ${list(claims.map((claim) => claim.id))}.`,
    next: `Set \`gating: true\` on a claim that applies, in targets/${run.plan.target.name}/target.yaml.`,
  };
}

function undecided(run: Judged): Conclusion | null {
  const open = gatingOf(run).filter((cell) => cell.status !== 'PASS');
  if (open.length === 0) return null;
  return {
    verdict: 'INCONCLUSIVE',
    exitCode: EXIT.inconclusive,
    why: `Too little evidence for ${names(open)}: ${open[0]!.why}`,
    next: extension(run.plan, open),
  };
}

const JOURNAL = 'Look at the journal in the report: what was done to the target, and what it answered.';

/** The first of the faults that tested nothing; null if all did. */
function untestedRun(faults: FaultInstants[]): Conclusion | null {
  const why = faults.map(whyUntested).find((one) => one !== null);
  return why === undefined ? null : untestedBecause(why, faults);
}

const untestedBecause = (why: string, faults: FaultInstants[]): Conclusion => ({
  verdict: 'INVALID',
  exitCode: EXIT.invalid,
  why,
  next: faults.some(({ unfelt }) => unfelt !== null)
    ? 'Let what clients ask go through the proxy: `url:` of the region and its `kind: ingress` link must lead to the same address.'
    : JOURNAL,
});

/**
 * FAIL of the claims that did not hold before the fault; null if all did. A baseline that does not hold ends a run
 * early.
 */
function brokenBefore({ plan, cells }: Judged): Conclusion | null {
  const broken = brokenBaseline(plan, cells);
  if (broken.length === 0) return null;
  return {
    verdict: 'FAIL',
    exitCode: EXIT.fail,
    why: `${names(broken)} did not hold before the fault: ${broken[0]!.why}`,
    next: 'Let the target hold its claims without a fault first: `npm run load` shows what it lacks.',
  };
}

const REMEDY: Record<ValidityCheck['id'], string> = {
  seal: 'Do not trust these files; run again.',
  conservation: 'Run again; if it repeats, keep the run directory and report it.',
  'target-counters': 'Make sure nothing else uses this target under the run’s id, then run again.',
  mix: 'Run again; if it repeats, keep the run directory and report it.',
  'generator-lag': 'Give the machine less to do, or halve the rate with `--rate`, and run again.',
  'control-series': 'Close what else uses this machine’s CPU, or halve the rate with `--rate`, and run again.',
  'generator-cpu': 'Halve the rate with `--rate`, or use a machine with more cores.',
  'generator-resources':
    'Raise `ulimit -n`, or widen `sysctl net.ipv4.ip_local_port_range`, or halve the rate with `--rate`, and run again.',
  'generator-exit': 'Run `npm run doctor`, then run again.',
  clock: 'Wait until the clock has settled (NTP, a resumed virtual machine) and run again.',
  calibration: 'Close what else uses this machine’s CPU and run again.',
};

/** Nobody waits longer for one answer. */
const MOST_ADVISED_SECONDS = 3600;

/** The same command, long enough that every open cell is settled if the shares stay as they are. */
function extension(plan: RunPlan, open: CellVerdict[]): string {
  if (plan.experiment !== null)
    return `\`npm run plan -- --experiment ${plan.experiment.name}\` shows what each claim needs; give it more time or a higher rate.`;
  const bare = open.find(
    (cell) =>
      cell.total === 0 ||
      (cell.evidence === 'share' && cell.requestsLacking === null && cell.badShare! < cell.maxBadShare),
  );
  if (bare && lacksRegions(bare))
    return `Let answers name their region by its id (${bare.subject}), in the header that \`observe: { region: … }\` of the target names.`;
  if (bare)
    return `Look why ${bare.claim} in ${bare.subject} saw no clients: \`npm run plan\` shows where each city is sent.`;
  const times = (cell: CellVerdict): number =>
    cell.requestsLacking === null ? Infinity : 1 + cell.requestsLacking / cell.total;
  const last = open.reduce((a, b) => (times(b) > times(a) ? b : a));
  const durationSeconds = Math.ceil(judgedSeconds(plan) * times(last) * 1.1);
  if (durationSeconds > MOST_ADVISED_SECONDS)
    return `${last.claim} in ${last.subject} is too near its limit for a longer run to settle it: look in the report when and where its bad requests were, then run again.`;
  const command = plan.command.replaceAll(/ --duration[= ]\S+| --quick\b/g, '');
  return `${command}${command.includes(' -- ') ? '' : ' --'} --duration ${durationSeconds}`;
}

/** What the run says nothing about, in sentences. */
export function untested(plan: RunPlan, cells: CellVerdict[], faults: FaultInstants[]): string[] {
  const bare = cells.filter((cell) => cell.status !== 'INFEASIBLE' && cell.total === 0);
  const infeasible = cells.filter((cell) => cell.status === 'INFEASIBLE');
  const claims = plan.claims.filter((claim) => !cells.some((cell) => cell.claim === claim.id));
  return [
    ...claims.map((claim) => `${claim.id}: the plan has no cell for it.`),
    ...bare.map((cell) => `${cell.claim} in ${cell.subject}: no request to judge.`),
    infeasible.length > 0 &&
      `${list([...new Set(infeasible.map((cell) => cell.claim))])} from ${list(infeasible.map((cell) => cell.subject))}: physics forbids it.`,
    ...faults.map(whyUntested).filter((why) => why !== null),
    plan.phases.every((phase) => phase.name !== 'fault') && 'Failover, recovery and data loss: no fault was injected.',
    bodies(plan),
    plan.lanes === 'emulate' && 'Lost packets and dropped SYNs: the lanes emulate delay, not loss.',
  ].filter((text) => text !== false);
}

/** Operations of which nothing but the status is looked at. */
function bodies({ operations }: RunPlan): string | false {
  const requests = operations.slice(0, -1).filter(({ kind }) => kind === 'request');
  const bare = requests.filter(({ answer }) => !answer).map(({ name }) => name);
  if (bare.length === 0) return false;
  return `What answers${bare.length === requests.length ? '' : ` of ${list(bare)}`} contain under load: only their status is checked.`;
}

const seconds = (ms: number | null): string => (ms === null ? 'an unknown time' : `${(ms / 1000).toFixed(1)} s`);
