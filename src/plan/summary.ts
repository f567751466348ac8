/** What a run will prove, by when, and what physics forbids: a screen of lines, shown before the first packet. */
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
import { count, duration, figure, list, plural, probability } from '../formats/words.ts';

/** From this probability to PASS on a healthy target on, a cell counts as one that the run can prove. */
const PROVES = 0.97;

/** Above this part of the target's limit there is little room for late requests. */
const ROOMY = 0.9;

/** Cities named before the rest is counted. */
const NAMED = 6;

/**
 * About a dozen lines: what is sent, what each gating claim will be able to say and when, and what no target could
 * keep. With the timetable's index also the clients.
 */
export function planSummary(plan: RunPlan, index?: TimetableIndex): string[] {
  const { profile, target, phases, durationMs } = plan;
  const stage = target.world === null ? target.environment : `world ${target.world} on this machine`;
  const routing = target.routingSpeed === null ? '' : `, ${target.routingSpeed} routing`;
  const defect = target.defect === null ? '' : `, planted defect ${target.defect}`;
  const judged = judgedMs(phases);
  return [
    `${profile.name}: ${profile.title}`,
    `  to ${target.name} (${stage}${routing}${defect}), seed ${plan.seed}`,
    `  ${duration(durationMs)} of load, of which ${duration(durationMs - judged)} ${plan.experiment ? 'not judged' : 'warm-up'}; ${count(plan.rows)} requests${clientsOf(index)}, ${plural(laneCount(plan), 'lane')}`,
    `  ${ratesOf(plan)}`,
    ...limitLines(plan),
    `  if the target hangs, time-outs can stretch the run by up to ${duration(stretchMs(plan))}`,
    ...experimentLines(plan),
    'Will be proven, or found false:',
    ...plan.claims.flatMap((claim, i) =>
      claim.gating && requestKind(claim) !== null ? [`  ${claimLine(plan, claim, i)}`] : [],
    ),
    ...findingLines(plan),
    `  ${healthyLine(plan)}`,
    ...physicsLines(plan),
  ];
}

/**
 * From the end of the plan until the last answer is there or has timed out: what is due at the end is sent within the
 * longest time-out after it, and may then take that long itself (src/run/generate.ts).
 */
const stretchMs = (plan: RunPlan): number =>
  2 * Math.max(...plan.operations.slice(0, -1).map((_, operation) => hangMs(plan, operation)));

/** A plan that fills the target's limit leaves no room for what comes besides. */
function limitLines(plan: RunPlan): string[] {
  const { maxRatePerSecond } = plan.target;
  if (maxRatePerSecond === null) return [];
  const control = rateByRole(plan).find(({ role }) => role === 'control')?.perSecond ?? 0;
  const perSecond = rateByRole(plan).reduce((sum, of) => sum + of.perSecond, 0) - control;
  return perSecond <= ROOMY * maxRatePerSecond
    ? []
    : [
        `  close to the target's limit of ${figure(maxRatePerSecond)}/s: late requests, retries and redirects may have to wait`,
      ];
}

const clientsOf = (index: TimetableIndex | undefined): string =>
  index ? ` by ${plural(index.clients.rows.length, 'client')}` : '';

/** Emulated links: every city to every region and to the edge, and the control echo. */
export function laneCount(plan: RunPlan): number {
  if (plan.lanes === 'none') return 1;
  const cities = plan.origins.filter(({ kind }) => kind === 'city').length;
  const edge = plan.operations.some(({ via }) => via === 'edge') ? 1 : 0;
  return cities * (plan.regions.length + edge) + 1;
}

/** Rows per second of each role in the judged phases, in the order of importance. */
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

/** One gating claim: decided by when; or which of its cells have too little, and what would do. */
const claimLine = (plan: RunPlan, claim: PlanClaim, index: number): string => {
  const cells = plan.cells.filter((cell) => cell.claim === index);
  const lacking = cells.filter((cell) => !isProvable(cell));
  if (lacking.length > 0) return `${claim.title}: not in ${list(lacking.map((cell) => lackingWords(plan, cell)))}`;
  const latest = Math.max(0, ...cells.map(({ secondsToDecide }) => secondsToDecide ?? 0));
  const warmUpMs = plan.phases.find(({ judged, name }) => judged && name === claim.phase)!.fromMs;
  const { one, many } = SUBJECTS[claim.per];
  return `${claim.title}: ${plural(cells.length, one, many)}, after ${duration(warmUpMs + latest * 1000)}`;
};

const isProvable = (cell: PlanCell): boolean => cell.passProbability >= PROVES;

const lackingWords = (plan: RunPlan, cell: PlanCell): string => {
  const n = plural(cell.plannedRequests, 'request');
  const needs = cell.secondsToDecide === null ? '' : `; ${duration(cell.secondsToDecide * 1000)} would do`;
  return `${subjectName(plan, cell)} (${n}${needs})`;
};

/** Gating claims on what is measured; those that an experiment limits stand among its limits. */
const findingLines = ({ claims, experiment }: RunPlan): string[] =>
  claims.flatMap(({ kind, title, gating }) => {
    const { counts, limit } = CLAIMS[kind];
    const isLimited = limit !== null && experiment?.limits[limit.key] !== undefined;
    return gating && counts === 'findings' && !isLimited ? [`  ${title}: when the load has ended`] : [];
  });

/** Below this a cell cannot be passed: it has fewer requests than even a flawless target needs. */
const HOPELESS = 0.001;

/** With how much probability a healthy target passes, cells taken as independent. */
function healthyLine(plan: RunPlan): string {
  const gating = plan.cells.filter((cell) => plan.claims[cell.claim]!.gating);
  const open = gating.filter((cell) => cell.passProbability >= HOPELESS);
  const joint = probability(open.reduce((product, cell) => product * cell.passProbability, 1));
  const stuck = gating.length - open.length;
  if (stuck === 0) return `A healthy target passes with ${joint}.`;
  return `${stuck} of ${plural(gating.length, 'cell')} can only end INCONCLUSIVE; a healthy target passes the others with ${joint}.`;
}

/** What no target could keep, claim by claim; for claims over several classes also what is left for reads alone. */
function physicsLines(plan: RunPlan): string[] {
  return plan.claims.flatMap((claim, index) => {
    const cells = plan.cells.filter((cell) => cell.claim === index);
    const forbidden = cells.filter((cell) => cell.infeasible);
    if (forbidden.length === 0) return [];
    const of = `${forbidden.length} of ${cells.length}`;
    const lines = [`Physics forbids "${claim.title}" for ${of}: at best ${floorWords(plan, forbidden)}`];
    if (claim.classes.length > 1 && claim.classes.includes('read')) {
      const reads = { ...claim, classes: ['read' as const] };
      const floors = cells.map((cell) => ({ ...cell, floorMs: floorOf(plan, plan.streams, reads, cell.subject) }));
      const left = floors.filter((cell) => cell.floorMs !== null && cell.floorMs > cell.limitMs!);
      lines.push(
        left.length === 0
          ? '  its reads alone: possible everywhere'
          : `  its reads alone: for ${left.length} of ${cells.length}, at best ${floorWords(plan, left)}`,
      );
    }
    return lines;
  });
}

const floorWords = (plan: RunPlan, cells: PlanCell[]): string =>
  list(
    cells
      .toSorted((a, b) => b.floorMs! - a.floorMs!)
      .map((cell) => `${subjectName(plan, cell)} ${cell.floorMs!.toFixed(0)} ms`),
    NAMED,
  );
