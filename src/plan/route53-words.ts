/**
 * What health checks and names will do to the clients of a lost region, and what that means for the limits, in lines.
 */
import type { PlanExperiment, PlanFault } from '../formats/faults.ts';
import type { RunPlan } from '../formats/plan.ts';
import { COHORTS, type Cohort } from '../formats/timetable.ts';
import { controlOperation } from './operations.ts';
import { type Loss, lossOf, moves, type Moves, slowest, type Span } from './route53.ts';
import { duration, list } from '../formats/words.ts';

/** Lines for every way in which the experiment loses a region; none where it loses none. */
export function routingLines(plan: RunPlan, experiment: PlanExperiment): string[] {
  const outages = experiment.faults.filter(({ kind }) => kind === 'region-outage');
  const ways = [...new Map(outages.map((fault) => [JSON.stringify(fault.params), fault])).values()];
  if (ways.length === 0) return [];
  const fixed = hasFixedNames(plan)
    ? ['In this run every name is that of the nearest region, whatever health checks find: nobody is moved by them']
    : [];
  if (plan.target.healthCheck === null)
    return ['Route 53: unknown how long it takes, because the target declares no routing.healthCheck', ...fixed];
  return [...ways.flatMap((fault) => wayLines(plan, experiment, fault)), ...fixed];
}

/** What clients are told is then the harness's own answer; declared health checks say what real names would do. */
const hasFixedNames = (plan: RunPlan): boolean => plan.target.routingMode === 'nearest';

/** What the evacuation will be, and whether names alone break its limit; none without one. */
export function evacuationLines(plan: RunPlan, { evacuate, faults, limits }: PlanExperiment): string[] {
  if (evacuate === null) return [];
  const hangs = faults.some((fault) => fault.hangs);
  const mostMs = plan.target.ttlSeconds * 1000 + (hangs ? requestTimeouts(plan).most : 0);
  const limit = msOf(limits['evacuationSeconds']);
  const moves = hasFixedNames(plan)
    ? 'it moves only whom it takes elsewhere behind the names of this run'
    : `fresh and ttl are elsewhere up to ${duration(mostMs)} after it has answered`;
  return [
    `Evacuation: ${evacuate.title}, ${duration(evacuate.afterMs)} after the bite; ${moves}${limitWords(limit)}`,
    ...(limit !== null && limit < mostMs && !hasFixedNames(plan)
      ? [`The limit on the evacuation may be broken by names alone: ${duration(mostMs)} at worst`]
      : []),
    ...(evacuate.undo === null ? ['Nothing is declared that undoes the evacuation: it stays'] : []),
  ];
}

function wayLines(plan: RunPlan, { limits }: PlanExperiment, fault: PlanFault): string[] {
  const { fromMs, toMs } = fault;
  const check = plan.target.healthCheck!;
  const timeouts = requestTimeouts(plan);
  const loss = lossOf(fault, check, timeouts.most);
  const moved = moves(check, plan.target.ttlSeconds * 1000, loss, timeouts);
  const checks = `${check.threshold} failed checks in a row, one every ${duration(check.intervalMs)},`;
  const names = `names last ${duration(plan.target.ttlSeconds * 1000)}`;
  return [
    `Route 53: ${checks} ${foundWords(moved.found)}; ${names}: ${cohortWords(moved)}${limitWords(msOf(limits['rtoSeconds']))}`,
    ...(hasFixedNames(plan) ? [] : limitLines(msOf(limits['rtoSeconds']), moved, loss)),
    ...(toMs - fromMs < slowest(moved).most && moved.found.most < Infinity
      ? [`It lasts ${duration(toMs - fromMs)}: perhaps not everybody moves before it is over`]
      : []),
  ];
}

const msOf = (seconds: number | undefined): number | null => (seconds === undefined ? null : seconds * 1000);

const limitWords = (limitMs: number | null): string => (limitMs === null ? '' : ` (limit ${duration(limitMs)})`);

function foundWords({ least, most }: Span): string {
  if (least === Infinity) return 'do not see it';
  return most === Infinity
    ? `find it after ${duration(least)} at best, or never`
    : `find it after ${span({ least, most })}`;
}

/** `fresh and ttl move after 2 s to 8 s, sticky with its next failure after …, direct never`. */
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
 * What no target could do about the limit on recovery time. Where answers are only late there is nothing to recover
 * from.
 */
function limitLines(limitMs: number | null, moved: Moves, { requests }: Loss): string[] {
  if (limitMs === null || requests === 'late') return [];
  const { least, most } = slowest(moved);
  if (limitMs < least)
    return [
      `THE LIMIT ON RECOVERY TIME CANNOT BE HELD by health checks and names: ${least === Infinity ? 'they move nobody' : `${duration(least)} at best`}`,
    ];
  if (limitMs >= most) return [];
  return [
    `The limit on recovery time may be broken by health checks and names alone: ${most === Infinity ? 'they may never find it' : `${duration(most)} at worst`}`,
  ];
}

/** `2 s to 8 s`. */
const span = ({ least, most }: Span): string =>
  most === Infinity
    ? `${duration(least)} at best`
    : least === most
      ? duration(least)
      : `${duration(least)} to ${duration(most)}`;

/** Shortest and longest time-out of what goes to a region, ms. */
function requestTimeouts({ operations }: RunPlan): Span {
  const timeouts = operations
    .slice(0, controlOperation(operations))
    .filter(({ via, kind }) => via === 'region' && kind === 'request')
    .map((operation) => operation.timeoutMs);
  return { least: Math.min(...timeouts), most: Math.max(...timeouts) };
}
