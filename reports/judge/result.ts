/** From the verdicts of the cells to the one of the run: exit code, the one sentence why, the one thing to do next. */
import { EXIT } from '../../src/errors.ts';
import type { RunPlan } from '../../src/formats/plan.ts';
import type { CellVerdict, RunResult, ValidityCheck } from '../run-result.ts';
import { leftEvacuated } from '../../claims/measures/failover/evacuation.ts';
import { brokenBaseline, damage, names, wasInterrupted, whyAborted } from './experiment-outcome.ts';
import { type FaultInstants, unhealed, whyUntested } from '../../claims/measures/fault-instants.ts';
import { isViolated } from './findings.ts';
import { judgedSeconds } from './row-context.ts';
import { lacksRegions } from './verdict.ts';
import type { Journal } from '../../src/formats/journal-lines.ts';
import { count, list } from '../../src/formats/words.ts';

type Conclusion = Pick<RunResult, 'verdict' | 'exitCode' | 'why' | 'next'>;

/**
 * The order is that of DESIGN section 4: target perhaps damaged or still evacuated, interrupted, INVALID, ABORTED, FAIL, INCONCLUSIVE,
 * PASS; a fault that was not there is INVALID, unless the baseline did not hold and so nothing was injected.
 * Informational cells never move it; a plan that gates nothing cannot PASS. `doubt` is what speaks against the machine, null
 * for nothing: a FAIL of latency says it.
 */
export function concludeRun(
  plan: RunPlan,
  journal: Journal,
  cells: CellVerdict[],
  checks: ValidityCheck[],
  faults: FaultInstants[],
  doubt: string | null,
): Conclusion {
  const { stop } = journal;
  const open = unhealed(faults);
  if (open.length > 0)
    return {
      verdict: 'INVALID',
      exitCode: EXIT.impaired,
      why: damage(open),
      next: `npm run heal -- ${plan.runId}`,
    };
  const keptOut = leftEvacuated(plan, journal);
  if (keptOut !== null)
    return {
      verdict: 'INVALID',
      exitCode: EXIT.impaired,
      why: keptOut,
      next: 'Take it back by hand: `evacuate:` of the experiment says how.',
    };
  const gating = cells.filter((cell) => cell.gating);
  const invalid = checks.filter((check) => !check.ok);
  if (stop?.why === 'interrupt' || wasInterrupted(journal))
    return {
      verdict: 'ABORTED',
      exitCode: EXIT.interrupted,
      why: `Interrupted after ${seconds(stop?.ms ?? null)}; every request up to then is recorded and judged.`,
      next: plan.command,
    };
  const violated = gating.filter((cell) => isViolated(cell, checks));
  if (invalid.length > 0 && violated.length > 0)
    return {
      verdict: 'FAIL',
      exitCode: EXIT.fail,
      why: `${names(violated)}: ${violated[0]!.why} Nothing else of this run counts (${list(invalid.map((c) => c.id))}).`,
      next: JOURNAL,
    };
  if (invalid.length > 0)
    return {
      verdict: 'INVALID',
      exitCode: EXIT.invalid,
      why: `The run did not test its claims (${list(invalid.map((c) => c.id))}): ${invalid[0]!.note}`,
      next: REMEDY[invalid[0]!.id],
    };
  // One that kept the faults back for a broken baseline is that claim's FAIL, below.
  const guard = journal.all('guard').findLast((line) => line.guard !== 'baseline');
  if (guard)
    return {
      verdict: 'ABORTED',
      exitCode: EXIT.aborted,
      why: `Ended by the guard ${guard.guard}: ${guard.message}. What was broken was undone first.`,
      next: JOURNAL,
    };
  const baseline = brokenBefore(plan, cells);
  // A baseline that does not hold is why nothing was injected, and why such a run ends early.
  if (baseline !== null && faults.every((f) => !f.injected)) return baseline;
  // A fault without its bite ends a run, so that what ended it is not news.
  const toothless = faults
    .filter((f) => f.injected)
    .map(whyUntested)
    .find((why) => why !== null);
  if (toothless !== undefined) return untestedRun(toothless, faults);
  if (stop?.why === 'error')
    return {
      verdict: 'INVALID',
      exitCode: EXIT.invalid,
      why: `The harness stopped the run after ${seconds(stop.ms)}: ${stop.message}`,
      next: 'Run `npm run doctor`, then run again.',
    };
  if (stop || journal.cutShort)
    return {
      verdict: 'ABORTED',
      exitCode: EXIT.aborted,
      why: `Stopped after ${seconds(stop?.ms ?? null)}${stop ? `: ${stop.message}` : ''}.`,
      next: plan.command,
    };
  const aborted = whyAborted(journal);
  if (aborted !== null)
    return {
      verdict: 'ABORTED',
      exitCode: EXIT.aborted,
      why: `Ended before its time: ${aborted}. What was broken was undone first.`,
      next: JOURNAL,
    };
  if (baseline !== null) return baseline;
  const absent = faults.map(whyUntested).find((why) => why !== null);
  if (absent !== undefined || (plan.experiment !== null && faults.length === 0))
    return untestedRun(absent ?? 'The experiment has no fault, so it tested nothing.', faults);
  const failed = gating.filter((cell) => cell.status === 'FAIL');
  if (failed.length > 0) {
    const machine = failed.every(({ kind }) => kind === 'latency') ? doubt : null;
    const shown =
      failed[0]!.evidence !== 'share'
        ? 'what was broken, and what clients saw of it'
        : 'the ten worst requests of every FAIL';
    return {
      verdict: 'FAIL',
      exitCode: EXIT.fail,
      why: `${names(failed)}: ${failed[0]!.why}${machine === null ? '' : ` ${machine}`}`,
      next: machine === null ? `Open runs/${plan.runId}/report.html: it shows ${shown}.` : REMEDY['control-series'],
    };
  }
  const unproven = plan.claims.filter((claim) => claim.gating && !gating.some((cell) => cell.claim === claim.id));
  if (gating.length === 0 || unproven.length > 0)
    return {
      verdict: 'INCONCLUSIVE',
      exitCode: EXIT.inconclusive,
      why:
        gating.length === 0
          ? 'No claim of this target gates, so there is nothing a run could pass.'
          : `Nothing was planned that could prove ${list(unproven.map((claim) => claim.id))}.`,
      next: `Set \`gating: true\` on a claim that applies, in targets/${plan.target.name}/target.yaml.`,
    };
  const undecided = gating.filter((cell) => cell.status !== 'PASS');
  if (undecided.length > 0)
    return {
      verdict: 'INCONCLUSIVE',
      exitCode: EXIT.inconclusive,
      why: `Too little evidence for ${names(undecided)}: ${undecided[0]!.why}`,
      next: extension(plan, undecided),
    };
  return {
    verdict: 'PASS',
    exitCode: EXIT.pass,
    why: `All ${count(gating.length)} gating cells hold, each with 95 % confidence.`,
    next: '',
  };
}

const JOURNAL = 'Look at the journal in the report: what was done to the target, and what it answered.';

const untestedRun = (why: string, faults: FaultInstants[]): Conclusion => ({
  verdict: 'INVALID',
  exitCode: EXIT.invalid,
  why,
  next: faults.some(({ unfelt }) => unfelt !== null)
    ? 'Let what clients ask go through the proxy: `url:` of the region and its `kind: ingress` link must lead to the same address.'
    : JOURNAL,
});

/** FAIL of the claims that did not hold before the fault; null if all did. */
function brokenBefore(plan: RunPlan, cells: CellVerdict[]): Conclusion | null {
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
  return `What answers hold${bare.length === requests.length ? '' : ` of ${list(bare)}`}: only their status is looked at.`;
}

const seconds = (ms: number | null): string => (ms === null ? 'an unknown time' : `${(ms / 1000).toFixed(1)} s`);
