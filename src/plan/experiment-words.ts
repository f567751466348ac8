/** What an experiment will break, when, and how finely that will be measured, in lines for a terminal. */
import type { PlanExperiment, PlanFault } from '../formats/faults.ts';
import type { RunPlan } from '../formats/plan.ts';
import { evacuationLines, routingLines } from './route53-words.ts';
import { streamRows } from './scope.ts';
import { duration, figure, listed, percent, plural } from './words.ts';

/** Empty for load alone. */
export function experimentLines(plan: RunPlan): string[] {
  const { experiment } = plan;
  if (!experiment) return [];
  return [
    `Broken on purpose: ${experiment.title}`,
    ...wrapped(experiment.hypothesis),
    ...experiment.faults.map((fault) => `  ${faultLine(fault)}`),
    `  ${timelineLine(plan)}`,
    `  ${blastLine(plan, experiment)}`,
    `  ${clockLine(plan, experiment)}`,
    ...routingLines(plan, experiment).map((line) => `  ${line}`),
    ...evacuationLines(plan, experiment).map((line) => `  ${line}`),
    `  ${limitsLine(experiment)}`,
  ];
}

const WIDTH = 100;

const wrapped = (text: string): string[] => {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length > WIDTH) lines.push(`  ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
};

const clock = (ms: number): string => `${figure(ms / 1000)} s`;

const faultLine = ({ kind, params, sites, fromMs, toMs }: PlanFault): string => {
  const how = Object.entries(params).map(([name, value]) => `${name} ${String(value)}`);
  return `${clock(fromMs)} to ${clock(toMs)}: ${kind} (${how.join(', ')}) at ${listed(sites.map(({ name }) => name))}`;
};

const timelineLine = (plan: RunPlan): string =>
  plan.phases
    .map(({ name, fromMs, toMs, judged }) => `${name}${judged ? '' : ' (not judged)'} ${duration(toMs - fromMs)}`)
    .join(', ');

function blastLine(plan: RunPlan, { regions, blastRadius }: PlanExperiment): string {
  const share = plan.origins.reduce(
    (sum, origin) => sum + (origin.kind === 'city' && regions.includes(origin.homeRegion) ? origin.share : 0),
    0,
  );
  const names = listed(regions.map((region) => plan.regions[region]!.id));
  return `Blast radius: ${names}, home of ${percent(share)} of the requests (declared: ${percent(blastRadius.requestShare)}, ${duration(blastRadius.durationMs)})`;
}

function clockLine(plan: RunPlan, { regions }: PlanExperiment): string {
  const rows = plan.streams.reduce((sum, stream) => sum + (stream.role === 'clock' ? streamRows(stream) : 0), 0);
  const seconds = (plan.durationMs - plan.phases[0]!.toMs) / 1000;
  if (rows === 0) return 'Failover clock: none of its own; what people ask is looked at';
  return `Failover clock: ${figure(rows / seconds)}/s from the largest city of ${plural(regions.length, 'region')}, one per cohort every 100 ms`;
}

function limitsLine({ limits, guards }: PlanExperiment): string {
  const words = [
    limits.rtoMs !== null && `recovery time ${clock(limits.rtoMs)}`,
    limits.evacuationMs !== null && `elsewhere ${clock(limits.evacuationMs)} after the evacuation is asked for`,
    limits.failBackMs !== null && `fail-back ${clock(limits.failBackMs)}`,
    limits.recoveryMs !== null && `as before ${clock(limits.recoveryMs)} after the heal`,
    limits.stalenessMs !== null && `reads at most ${clock(limits.stalenessMs)} old`,
    limits.readP99Ms !== null && `reads p99 ${limits.readP99Ms} ms where it hurts`,
    limits.lagAlertMs !== null && `alert on replication lag after ${clock(limits.lagAlertMs)}`,
    limits.unreportedLagShare !== null &&
      `lag reported as clients see it in all but ${percent(limits.unreportedLagShare)} of the seconds`,
    limits.badShare !== null && `at most ${percent(limits.badShare)} bad while it lasts`,
    limits.ownReadMs !== null && `own writes seen after ${clock(limits.ownReadMs)}`,
    limits.goingBackShare !== null && `at most ${percent(limits.goingBackShare)} of a session's reads going back`,
    limits.wrongCartWinners !== null && `at most ${plural(limits.wrongCartWinners, 'cart')} whose winner is wrong`,
    limits.convergenceMs !== null &&
      `every region shows what the others wrote ${duration(limits.convergenceMs)} after the heal`,
    limits.lostWrites !== null && `at most ${plural(limits.lostWrites, 'write')} lost`,
  ].filter((word) => word !== false);
  return `Limits: ${listed(words)}; stopped early at ${percent(guards.outsideBadShare)} bad outside, over ${clock(guards.windowMs)}`;
}
