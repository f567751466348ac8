/** What a run can decide, by when, and what is infeasible: about a dozen lines, shown before the first packet. */
import { CLAIMS } from '../../claims/index.ts';
import { ROLES } from '../../claims/roles.ts';
import { requestKind } from '../../claims/scope.ts';
import { SUBJECTS } from '../../claims/subjects.ts';
import type { PlanCell, PlanClaim, RunPlan } from '../formats/plan.ts';
import { CLIENT_ROLES, type ClientRole, type TimetableIndex } from '../formats/timetable.ts';
import { floorOf } from './cells.ts';
import { hangMs } from './hang-window.ts';
import { experimentLines } from './experiment-words.ts';
import { judgedMs, streamRows } from './scope.ts';
import { count, duration, figure, list, ms, plural, probability } from '../formats/words.ts';

/** A cell that PASSes on a healthy target with at least this probability counts as decidable. */
const DECIDABLE = 0.97;

/** Above this share of the target's rate limit there is little room for late requests. */
const ROOMY_SHARE = 0.9;

/** Longer lists of places are cut here and the rest is counted. */
const MAX_PLACES = 6;

/**
 * About a dozen lines: what is sent, what each gating claim can decide and when, and what no target could meet. With
 * the timetable's index also the number of clients.
 */
export function planSummary(plan: RunPlan, index?: TimetableIndex): string[] {
  const { profile, target, phases, durationMs } = plan;
  const stage = target.world === null ? target.environment : `world ${target.world} on this machine`;
  const routing = target.routingSpeed === null ? '' : `, routing at ${target.routingSpeed} speed`;
  const defect = target.defect === null ? '' : `, planted defect ${target.defect}`;
  const judged = judgedMs(phases);
  return [
    `${profile.name}: ${profile.title}`,
    `  to ${target.name} (${stage}${routing}${defect}), seed ${plan.seed}`,
    `  ${duration(durationMs)} of load, of which ${duration(durationMs - judged)} ${plan.experiment ? 'not judged' : 'warm-up'}; ${count(plan.rows)} requests${clientsOf(index)}, ${plural(laneCount(plan), 'lane')}`,
    `  ${ratesOf(plan)}`,
    ...limitLines(plan),
    `  if the target hangs, timeouts can extend the run by up to ${duration(maxExtensionMs(plan))}`,
    ...experimentLines(plan),
    'This run can decide:',
    ...plan.claims.flatMap((claim, i) =>
      claim.gating && requestKind(claim) !== null ? [`  ${claimLine(plan, claim, i)}`] : [],
    ),
    ...findingLines(plan),
    `  ${healthyLine(plan)}`,
    ...infeasibleLines(plan),
  ];
}

/**
 * From the end of the plan until the last request is answered or has timed out: what is due at the end is sent within
 * the longest timeout after it, and may then take that long itself (src/run/generate.ts).
 */
const maxExtensionMs = (plan: RunPlan): number =>
  2 * Math.max(...plan.operations.slice(0, -1).map((_, operation) => hangMs(plan, operation)));

/** A plan that fills the target's rate limit leaves no room for late requests, retries and redirects. */
function limitLines(plan: RunPlan): string[] {
  const { maxRatePerSecond } = plan.target;
  if (maxRatePerSecond === null) return [];
  const control = rateByRole(plan).find(({ role }) => role === 'control')?.perSecond ?? 0;
  const perSecond = rateByRole(plan).reduce((sum, of) => sum + of.perSecond, 0) - control;
  return perSecond <= ROOMY_SHARE * maxRatePerSecond
    ? []
    : [
        `  close to the target's limit of ${figure(maxRatePerSecond)}/s: late requests, retries and redirects may have to wait`,
      ];
}

const clientsOf = (index: TimetableIndex | undefined): string =>
  index ? ` by ${plural(index.clients.rows.length, 'client')}` : '';

/** Number of lanes: every city to every region and to the edge, and the control echo. */
export function laneCount(plan: RunPlan): number {
  if (plan.lanes === 'none') return 1;
  const cities = plan.origins.filter(({ kind }) => kind === 'city').length;
  const edge = plan.operations.some(({ via }) => via === 'edge') ? 1 : 0;
  return cities * (plan.regions.length + edge) + 1;
}

/** Rows per second of each role in the judged phases, in the order of CLIENT_ROLES. */
function rateByRole(plan: RunPlan): { role: ClientRole; perSecond: number }[] {
  const seconds = judgedMs(plan.phases) / 1000;
  const rows = new Map<ClientRole, number>();
  for (const stream of plan.streams) {
    if (!plan.phases[stream.phase]!.judged) continue;
    rows.set(stream.role, (rows.get(stream.role) ?? 0) + streamRows(stream));
  }
  return CLIENT_ROLES.filter((role) => rows.has(role)).map((role) => ({ role, perSecond: rows.get(role)! / seconds }));
}

const ratesOf = (plan: RunPlan): string =>
  rateByRole(plan)
    .map(({ role, perSecond }) => `${figure(perSecond)}/s ${ROLES[role].words}`)
    .join(', ');

export const subjectName = (plan: RunPlan, cell: PlanCell): string => {
  const claim = plan.claims[cell.claim]!;
  return SUBJECTS[claim.per].names(plan)[cell.subject]!;
};

/** One gating claim: by when it is decided; or which of its cells have too few requests, and how long they need. */
const claimLine = (plan: RunPlan, claim: PlanClaim, index: number): string => {
  const cells = plan.cells.filter((cell) => cell.claim === index);
  const undecided = cells.filter((cell) => !isDecidable(cell));
  if (undecided.length > 0)
    return `${claim.title}: too few requests in ${list(undecided.map((cell) => undecidedWords(plan, cell)))}`;
  const latest = Math.max(0, ...cells.map(({ secondsToDecide }) => secondsToDecide ?? 0));
  const warmUpMs = plan.phases.find(({ judged, name }) => judged && name === claim.phase)!.fromMs;
  const { one, many } = SUBJECTS[claim.per];
  return `${claim.title}: ${plural(cells.length, one, many)}, after ${duration(warmUpMs + latest * 1000)}`;
};

const isDecidable = (cell: PlanCell): boolean => cell.passProbability >= DECIDABLE;

const undecidedWords = (plan: RunPlan, cell: PlanCell): string => {
  const needs = cell.secondsToDecide === null ? '' : `, needs ${duration(cell.secondsToDecide * 1000)}`;
  return `${subjectName(plan, cell)} (has ${count(cell.plannedRequests)}${needs})`;
};

/** Gating claims that are decided from findings; those that an experiment limits are listed with its limits. */
const findingLines = ({ claims, experiment }: RunPlan): string[] =>
  claims.flatMap(({ kind, title, gating }) => {
    const { judges, limit } = CLAIMS[kind];
    const isLimited = limit !== null && experiment?.limits[limit.key] !== undefined;
    return gating && judges === 'figures' && !isLimited ? [`  ${title}: after the load`] : [];
  });

/** Below this probability a cell cannot PASS: it has fewer requests than even a flawless target needs. */
const MIN_PASS_PROBABILITY = 0.001;

/** The probability that a healthy target passes, with cells taken as independent. */
function healthyLine(plan: RunPlan): string {
  const gating = plan.cells.filter((cell) => plan.claims[cell.claim]!.gating);
  const open = gating.filter((cell) => cell.passProbability >= MIN_PASS_PROBABILITY);
  const joint = probability(open.reduce((product, cell) => product * cell.passProbability, 1));
  const stuck = gating.length - open.length;
  if (stuck === 0) return `A healthy target passes with probability ${joint}.`;
  return `${stuck} of ${plural(gating.length, 'cell')} can only end INCONCLUSIVE; a healthy target passes the others with probability ${joint}.`;
}

/** What no target could meet, claim by claim; for claims over several classes also what is infeasible for reads. */
function infeasibleLines(plan: RunPlan): string[] {
  return plan.claims.flatMap((claim, index) => {
    const cells = plan.cells.filter((cell) => cell.claim === index);
    const infeasible = cells.filter((cell) => cell.infeasible);
    if (infeasible.length === 0) return [];
    const of = `${infeasible.length} of ${plural(cells.length, SUBJECTS[claim.per].one, SUBJECTS[claim.per].many)}`;
    const lines = [`"${claim.title}" is infeasible for ${of}: ${reasonWords(plan, claim, infeasible)}`];
    if (claim.classes.length > 1 && claim.classes.includes('read')) {
      const reads = { ...claim, classes: ['read' as const] };
      const floors = cells.map((cell) => ({ ...cell, floorMs: floorOf(plan, plan.streams, reads, cell.subject) }));
      const left = floors.filter((cell) => cell.floorMs !== null && cell.floorMs > cell.limitMs!);
      lines.push(
        left.length === 0
          ? '  for reads alone: feasible everywhere'
          : `  for reads alone: infeasible for ${left.length} of ${cells.length}: ${floorWords(plan, left)}`,
      );
    }
    return lines;
  });
}

/** Limits may differ from place to place by the round trip to the primary. */
const reasonWords = (plan: RunPlan, claim: PlanClaim, infeasible: PlanCell[]): string => {
  const places = floorWords(plan, infeasible);
  const limits = new Set(infeasible.map(({ limitMs }) => limitMs));
  return claim.per === 'origin' && limits.size === 1
    ? `even a target that responds at once cannot keep ${ms(infeasible[0]!.limitMs)} in ${places}`
    : `even a target that responds at once cannot keep the limit in ${places}`;
};

const floorWords = (plan: RunPlan, cells: PlanCell[]): string =>
  list(
    cells
      .toSorted((a, b) => b.floorMs! - a.floorMs!)
      .map((cell) => `${subjectName(plan, cell)} (${cell.floorMs!.toFixed(0)} ms at best)`),
    MAX_PLACES,
  );
