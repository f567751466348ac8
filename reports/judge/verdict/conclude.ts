/** From the verdicts of the cells to that of the run: exit code, the reason, and the next step. */
import { EXIT } from '../../../src/errors.ts';
import type { RunPlan } from '../../../src/formats/plan.ts';
import type { CellVerdict, RunResult, ValidityCheck } from '../../run-result.ts';
import { stillEvacuated } from '../../../claims/measures/failover/evacuation.ts';
import { brokenBaseline, damage, names, wasInterrupted, whyAborted } from './experiment-outcome.ts';
import { type FaultInstants, uncleared, whyUntested } from '../../../claims/measures/fault-instants.ts';
import { isViolated } from './findings.ts';
import { judgedSeconds } from '../rows/row-context.ts';
import type { Journal } from '../../../src/formats/journal-lines.ts';
import { count, list } from '../../../src/formats/words.ts';

type Conclusion = Pick<RunResult, 'verdict' | 'exitCode' | 'why' | 'next'>;

/** The basis of a conclusion. */
export interface Judged {
  plan: RunPlan;
  journal: Journal;
  cells: CellVerdict[];
  checks: ValidityCheck[];
  faults: FaultInstants[];
  /** Why this machine may be the cause of a FAIL of latency; null if it is not. */
  doubt: string | null;
  /** Cells with responses that named no region of the target. */
  unnamed: ReadonlySet<CellVerdict>;
}

/**
 * The first rule that applies decides, in the order of DESIGN section 4: target may be damaged or still evacuated,
 * interrupted, INVALID, ABORTED, FAIL, INCONCLUSIVE, PASS. A fault without effect is INVALID, unless the baseline did
 * not hold and nothing was injected. Informational cells do not count; a plan without gating claims cannot PASS.
 */
const RULES: ((run: Judged) => Conclusion | null)[] = [
  damaged,
  evacuated,
  interrupted,
  invalid,
  guarded,
  (run) => (run.faults.every((f) => !f.isInjected) ? brokenBefore(run) : null),
  // A fault without effect stops the run, so it comes before the stop.
  ({ faults }) => untestedRun(faults.filter((f) => f.isInjected)),
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
  const gating = gatingOf(run);
  return {
    verdict: 'PASS',
    exitCode: EXIT.pass,
    why: `All ${count(gating.length)} gating cells pass${gating.some(({ evidence }) => evidence === 'share') ? '; where the limit is a share, with 95 % confidence' : ''}.`,
    next: '',
  };
}

const gatingOf = ({ cells }: Judged): CellVerdict[] => cells.filter((cell) => cell.gating);

function damaged({ plan, faults }: Judged): Conclusion | null {
  const open = uncleared(faults);
  if (open.length === 0) return null;
  return { verdict: 'INVALID', exitCode: EXIT.impaired, why: damage(open), next: `npm run heal -- ${plan.runId}` };
}

function evacuated({ plan, journal }: Judged): Conclusion | null {
  const why = stillEvacuated(plan, journal);
  const next = 'Revert the evacuation by hand; `evacuate:` in the experiment shows the request.';
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

/** A run that did not test its claims. A violation that must never happen is a FAIL even then. */
function invalid(run: Judged): Conclusion | null {
  const failing = run.checks.filter((check) => !check.ok);
  if (failing.length === 0) return null;
  const violated = gatingOf(run).filter((cell) => isViolated(cell, run.checks));
  const ids = list(failing.map((check) => check.id));
  if (violated.length > 0)
    return {
      verdict: 'FAIL',
      exitCode: EXIT.fail,
      why: `${names(violated)}: ${violated[0]!.why} Nothing else in this run counts (${ids}).`,
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
  // The baseline guard prevents the faults; that run is a FAIL of the broken claim.
  const guard = journal.all('guard').findLast((line) => line.guard !== 'baseline');
  if (guard === undefined) return null;
  return {
    verdict: 'ABORTED',
    exitCode: EXIT.aborted,
    why: `Stopped by the guard ${guard.guard}: ${guard.message}. Faults were reverted first.`,
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
    why: `Ended early: ${why}. Faults were reverted first.`,
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
    cells[0]!.evidence === 'share' ? 'the ten worst requests of every FAIL' : 'the faults and their effect on clients';
  return {
    verdict: 'FAIL',
    exitCode: EXIT.fail,
    why: `${names(cells)}: ${cells[0]!.why}${machine === null ? '' : ` ${machine}`}`,
    next: machine === null ? `Open report.html: it shows ${shown}.` : REMEDY['control-series'],
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
        ? 'This target has no gating claim, so a run cannot pass.'
        : `The plan has no cell that could prove ${list(claims.map((claim) => claim.id))}.`,
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
    next: extension(run, open),
  };
}

const JOURNAL = 'See the journal in the report: what was done to the target, and how it responded.';

/** The first of the faults that tested nothing; null if all did. */
function untestedRun(faults: FaultInstants[]): Conclusion | null {
  const why = faults.map(whyUntested).find((one) => one !== null);
  return why === undefined ? null : untestedBecause(why, faults);
}

const untestedBecause = (why: string, faults: FaultInstants[]): Conclusion => ({
  verdict: 'INVALID',
  exitCode: EXIT.invalid,
  why,
  next: faults.some(({ noImpact }) => noImpact !== null)
    ? 'Route client requests through the proxy: `url:` of the region and its `kind: ingress` link must use the same address.'
    : JOURNAL,
});

/** FAIL of the claims that did not hold before the fault; null if all did. Such a baseline stops the run early. */
function brokenBefore({ plan, cells }: Judged): Conclusion | null {
  const broken = brokenBaseline(plan, cells);
  if (broken.length === 0) return null;
  return {
    verdict: 'FAIL',
    exitCode: EXIT.fail,
    why: `${names(broken)} did not hold before the fault: ${broken[0]!.why}`,
    next: 'Make the target pass its claims without a fault first: `npm run load` shows which ones fail.',
  };
}

const REMEDY: Record<ValidityCheck['id'], string> = {
  seal: 'Do not trust these files; run again.',
  conservation: 'Run again; if it repeats, keep the run directory and report it.',
  'target-counters': 'Make sure nothing else uses this target under the run’s id, then run again.',
  mix: 'Run again; if it repeats, keep the run directory and report it.',
  'generator-lag': 'Free this machine of other work, or halve the rate with `--rate`, and run again.',
  'control-series': 'Stop other processes that use this machine’s CPU, or halve the rate with `--rate`, and run again.',
  'generator-cpu': 'Halve the rate with `--rate`, or use a machine with more cores.',
  'generator-resources':
    'Raise `ulimit -n`, or widen `sysctl net.ipv4.ip_local_port_range`, or halve the rate with `--rate`, and run again.',
  'generator-exit': 'Run `npm run doctor`, then run again.',
  clock: 'Wait until the clock has settled (NTP, a resumed virtual machine) and run again.',
  calibration: 'Stop other processes that use this machine’s CPU and run again.',
};

/** Longest run that is suggested. */
const MAX_ADVISED_SECONDS = 3600;

/** The same command with a duration that decides every open cell if the shares stay the same. */
function extension({ plan, unnamed }: Judged, open: CellVerdict[]): string {
  if (plan.experiment !== null)
    return `\`npm run plan -- --experiment ${plan.experiment.name}\` shows what each claim needs; give it more time or a higher rate.`;
  const bare = open.find(
    (cell) =>
      cell.total === 0 ||
      (cell.evidence === 'share' && cell.requestsLacking === null && cell.badShare! < cell.maxBadShare),
  );
  if (bare && unnamed.has(bare))
    return `Responses must name their region by its id (${bare.subject}), in the header set by \`observe: { region: … }\` in the target file.`;
  if (bare)
    return `Find out why ${bare.claim} in ${bare.subject} got no user requests: \`npm run plan\` shows which region each city is routed to.`;
  const times = (cell: CellVerdict): number =>
    cell.requestsLacking === null ? Infinity : 1 + cell.requestsLacking / cell.total;
  const last = open.reduce((a, b) => (times(b) > times(a) ? b : a));
  const durationSeconds = Math.ceil(judgedSeconds(plan) * times(last) * 1.1);
  if (durationSeconds > MAX_ADVISED_SECONDS)
    return `${last.claim} in ${last.subject} is too close to its limit for a longer run to decide it. See in the report when and where its bad requests occurred, then run again.`;
  const command = plan.command.replaceAll(/ --duration[= ]\S+| --quick\b/g, '');
  return `${command}${command.includes(' -- ') ? '' : ' --'} --duration ${durationSeconds}`;
}

/** What the run did not test, in sentences. */
export function untested(plan: RunPlan, cells: CellVerdict[], faults: FaultInstants[]): string[] {
  const bare = cells.filter((cell) => cell.status !== 'INFEASIBLE' && cell.total === 0);
  const infeasible = cells.filter((cell) => cell.status === 'INFEASIBLE');
  const claims = plan.claims.filter((claim) => !cells.some((cell) => cell.claim === claim.id));
  return [
    ...claims.map((claim) => `${claim.id}: the plan has no cell for it.`),
    ...bare.map((cell) => `${cell.claim} in ${cell.subject}: no request to judge.`),
    infeasible.length > 0 &&
      `${list([...new Set(infeasible.map((cell) => cell.claim))])} from ${list(infeasible.map((cell) => cell.subject))}: the distance makes the limit impossible.`,
    ...faults.map(whyUntested).filter((why) => why !== null),
    plan.phases.every((phase) => phase.name !== 'fault') && 'Failover, recovery and data loss: no fault was injected.',
    bodies(plan),
    plan.lanes === 'emulate' && 'Packet loss and dropped SYNs: the lanes emulate delay, not loss.',
  ].filter((text) => text !== false);
}

/** Operations without a check of the response body. */
function bodies({ operations }: RunPlan): string | false {
  const requests = operations.slice(0, -1).filter(({ kind }) => kind === 'request');
  const bare = requests.filter(({ answer }) => !answer).map(({ name }) => name);
  if (bare.length === 0) return false;
  return `Response bodies${bare.length === requests.length ? '' : ` of ${list(bare)}`} under load: only the status is checked.`;
}

const seconds = (ms: number | null): string => (ms === null ? 'an unknown time' : `${(ms / 1000).toFixed(1)} s`);
