/** What an experiment breaks, when, and with what resolution recovery is measured, in lines for a terminal. */
import { CLAIMS } from '../../claims/index.ts';
import type { PlanExperiment, PlanFault } from '../formats/faults.ts';
import type { RunPlan } from '../formats/plan.ts';
import { evacuationLines, routingLines } from './route53-words.ts';
import { streamRows } from './scope.ts';
import { duration, figure, list, percent, percentAsWritten, plural } from '../formats/words.ts';

/** Empty for load alone. */
export function experimentLines(plan: RunPlan): string[] {
  const { experiment } = plan;
  if (!experiment) return [];
  return [
    `Experiment: ${experiment.title}`,
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
  return `${clock(fromMs)} to ${clock(toMs)}: ${kind} (${how.join(', ')}) at ${list(sites.map(({ name }) => name))}`;
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
  const names = list(regions.map((region) => plan.regions[region]!.id));
  return `Blast radius: ${names}, home of ${percent(share)} of the requests (declared: at most ${percentAsWritten(blastRadius.requestShare)}, ${duration(blastRadius.durationMs)})`;
}

function clockLine(plan: RunPlan, { regions }: PlanExperiment): string {
  const rows = plan.streams.reduce((sum, stream) => sum + (stream.role === 'clock' ? streamRows(stream) : 0), 0);
  const seconds = (plan.durationMs - plan.phases[0]!.toMs) / 1000;
  if (rows === 0) return 'Failover clock: no requests of its own; user requests are used';
  return `Failover clock: ${figure(rows / seconds)}/s from the largest city of ${plural(regions.length, 'region')}, one request per cohort every 100 ms`;
}

function limitsLine({ limits, guards }: PlanExperiment): string {
  const words = new Map<string, string>();
  for (const { limit } of Object.values(CLAIMS)) {
    const value = limit === null ? undefined : limits[limit.key];
    if (limit !== null && value !== undefined) words.set(limit.key, limit.words(value));
  }
  return `Limits: ${list([...words.values()])}; stops early if more than ${percentAsWritten(guards.outsideBadShare)} of requests outside the blast radius are bad over ${clock(guards.windowMs)}`;
}
