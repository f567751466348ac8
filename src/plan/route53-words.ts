/** How health checks and DNS move the clients of a lost region, and what that means for the limits, in lines. */
import type { PlanExperiment, PlanFault } from '../formats/faults.ts';
import type { RunPlan } from '../formats/plan.ts';
import { COHORTS, type Cohort } from '../formats/timetable.ts';
import { controlOperation } from './operations.ts';
import { type Loss, lossOf, moves, type Moves, slowest, type Span } from './route53.ts';
import { duration, list } from '../formats/words.ts';

/** Lines for every distinct region outage of the experiment; empty without one. */
export function routingLines(plan: RunPlan, experiment: PlanExperiment): string[] {
  const outages = experiment.faults.filter(({ kind }) => kind === 'region-outage');
  const distinct = [...new Map(outages.map((fault) => [JSON.stringify(fault.params), fault])).values()];
  if (distinct.length === 0) return [];
  const fixed = hasFixedNames(plan)
    ? ['In this run every name resolves to the nearest region, whatever health checks find: they move no client']
    : [];
  if (plan.target.healthCheck === null)
    return ['Route 53: detection time unknown, because the target declares no routing.healthCheck', ...fixed];
  return [...distinct.flatMap((fault) => outageLines(plan, experiment, fault)), ...fixed];
}

/** The harness then resolves names itself; declared health checks only show what real DNS would do. */
const hasFixedNames = (plan: RunPlan): boolean => plan.target.routingMode === 'nearest';

/** The evacuation, and whether DNS alone can exceed its limit; empty without one. */
export function evacuationLines(plan: RunPlan, { evacuate, faults, limits }: PlanExperiment): string[] {
  if (evacuate === null) return [];
  const hangs = faults.some((fault) => fault.hangs);
  const maxMs = plan.target.ttlSeconds * 1000 + (hangs ? requestTimeouts(plan).most : 0);
  const limit = msOf(limits['evacuationSeconds']);
  const moves = hasFixedNames(plan)
    ? 'names are fixed in this run, so it moves only clients that the target redirects itself'
    : `fresh and ttl clients move within ${duration(maxMs)} of its response`;
  return [
    `Evacuation: ${evacuate.title}, ${duration(evacuate.afterMs)} after the fault takes effect; ${moves}${limitWords(limit)}`,
    ...(limit !== null && limit < maxMs && !hasFixedNames(plan)
      ? [`DNS alone may exceed the evacuation limit: ${duration(maxMs)} at worst`]
      : []),
    ...(evacuate.undo === null ? ['The experiment declares no undo for the evacuation: it stays in effect'] : []),
  ];
}

function outageLines(plan: RunPlan, { limits }: PlanExperiment, fault: PlanFault): string[] {
  const { fromMs, toMs } = fault;
  const check = plan.target.healthCheck!;
  const timeouts = requestTimeouts(plan);
  const loss = lossOf(fault, check, timeouts.most);
  const moved = moves(check, plan.target.ttlSeconds * 1000, loss, timeouts);
  const checks = `${check.threshold} failed checks in a row, one every ${duration(check.intervalMs)},`;
  const ttl = `TTL ${duration(plan.target.ttlSeconds * 1000)}`;
  return [
    `Route 53: ${checks} ${foundWords(moved.found)}; ${ttl}; clients move: ${cohortWords(moved)}${limitWords(msOf(limits['rtoSeconds']))}`,
    ...(hasFixedNames(plan) ? [] : limitLines(msOf(limits['rtoSeconds']), moved, loss)),
    ...(toMs - fromMs < slowest(moved).most && moved.found.most < Infinity
      ? [`The fault lasts ${duration(toMs - fromMs)}: some clients may not move before it is cleared`]
      : []),
  ];
}

const msOf = (seconds: number | undefined): number | null => (seconds === undefined ? null : seconds * 1000);

const limitWords = (limitMs: number | null): string => (limitMs === null ? '' : ` (limit ${duration(limitMs)})`);

function foundWords({ least, most }: Span): string {
  if (least === Infinity) return 'do not detect the fault';
  return most === Infinity
    ? `detect the fault after ${duration(least)} at best, or never`
    : `detect the fault after ${span({ least, most })}`;
}

/** `fresh and ttl after 2 s to 8 s, sticky after 2 s to 8 s and a failed request, direct never`. */
function cohortWords({ cohorts }: Moves): string {
  const words = new Map<string, Cohort[]>();
  for (const cohort of COHORTS) {
    const of = cohorts[cohort];
    const when = of === null || of.least === Infinity ? 'never' : `after ${span(of)}`;
    const how = cohort === 'sticky' && when !== 'never' ? `${when} and a failed request` : when;
    words.set(how, [...(words.get(how) ?? []), cohort]);
  }
  return [...words].map(([when, of]) => `${list(of)} ${when}`).join(', ');
}

/**
 * Whether health checks and DNS alone exceed the limit on recovery time, whatever the target does. Where responses are
 * only late there is nothing to recover from.
 */
function limitLines(limitMs: number | null, moved: Moves, { requests }: Loss): string[] {
  if (limitMs === null || requests === 'late') return [];
  const { least, most } = slowest(moved);
  if (limitMs < least)
    return [
      `THE RECOVERY TIME LIMIT CANNOT BE MET by health checks and DNS: ${least === Infinity ? 'they move no client' : `${duration(least)} at best`}`,
    ];
  if (limitMs >= most) return [];
  return [
    `Health checks and DNS alone may exceed the recovery time limit: ${most === Infinity ? 'they may never detect the fault' : `${duration(most)} at worst`}`,
  ];
}

/** `2 s to 8 s`. */
const span = ({ least, most }: Span): string =>
  most === Infinity
    ? `${duration(least)} at best`
    : least === most
      ? duration(least)
      : `${duration(least)} to ${duration(most)}`;

/** Shortest and longest timeout of requests to a region, ms. */
function requestTimeouts({ operations }: RunPlan): Span {
  const timeouts = operations
    .slice(0, controlOperation(operations))
    .filter(({ via, kind }) => via === 'region' && kind === 'request')
    .map((operation) => operation.timeoutMs);
  return { least: Math.min(...timeouts), most: Math.max(...timeouts) };
}
