/**
 * What AWS FIS says of itself: its experiments with state, times, actions and targets. As lines of plain text, and in
 * words that the page and the job summary share. What was broken, and when, is what probes saw: FIS is held apart from
 * t0 and t1.
 */
import type { FisOutcome, FisPlace, FisRecord } from '../../src/formats/fis.ts';
import type { FaultFigures } from '../../claims/measures/failover/schema.ts';
import type { Line } from '../../claims/measures/measure.ts';
import type { RunResult } from '../run-result.ts';
import { count, seconds } from '../../src/formats/words.ts';

/** Targets of an experiment that text names; the page names all of them. */
const MOST_TARGETS = 8;
const MINUTE_MS = 60_000;

/** Ends of an experiment or action after which nothing of it runs and its roll-back went as it should. */
const ENDED_WELL = new Set(['completed', 'stopped']);
const ENDED = new Set([...ENDED_WELL, 'failed', 'cancelled', 'skipped']);

/** Said of a state that is not the last one. */
export const LAST_SEEN = 'when it was last seen';

/** How a state reads: `well` and over, `ill` and over, or `open`: it was not seen to end. */
export const stateKind = (status: string): 'well' | 'ill' | 'open' =>
  ENDED_WELL.has(status) ? 'well' : ENDED.has(status) ? 'ill' : 'open';

export const FIS_APART = 'States and times are FIS’s own, by its clock; t0 and t1 are what probes saw.';

export const NO_ARN = 'FIS does not say its ARN';

/** What FIS did of the fault with this number; null for one that did not go through it. */
export function throughFis({ figures }: RunResult, number: number): (FaultFigures & { fis: FisOutcome }) | null {
  const fault = figures.failover.faults.find((one) => one.number === number);
  return fault === undefined || fault.fis === null ? null : { ...fault, fis: fault.fis };
}

/** One block for the FIS experiments of a fault; nothing for a fault that did not go through FIS. */
export function fisLines(result: RunResult, number: number): Line[] {
  const fault = throughFis(result, number);
  if (fault === null) return [];
  const { place, experiments, notExercised, suspects } = fault.fis;
  return [
    `  Through AWS FIS${placeWords(place)}`,
    ...experiments.flatMap((record) => {
      const [head, ...rest] = recordWords(result, fault, record);
      return [`    ${head}`, ...rest.map((words) => `      ${words}`)];
    }),
    `    ${experiments.length === 0 ? 'No experiment is known.' : FIS_APART}`,
    ...notExercised.map((what) => `    ! Not exercised: ${what}`),
    ...suspects.flatMap(suspectLines),
  ];
}

/** The command on a line of its own, so that it can be copied. */
function suspectLines(suspect: string): Line[] {
  const { what, look } = suspectParts(suspect);
  return [`    ! May be left: ${what}`, ...(look === null ? [] : [{ whole: `      look with ${look}` }])];
}

/** `... in eu-west-1: \`aws ec2 ...\`` as what may be left, and the command that shows it. */
export function suspectParts(suspect: string): { what: string; look: string | null } {
  const found = /^(.*?):? `([^`]+)`\.?$/s.exec(suspect);
  return found ? { what: found[1]!, look: found[2]! } : { what: suspect, look: null };
}

/** Per fault that went through FIS: where that was, a line per experiment, and what must not be missed, by its name. */
export function fisSummary(result: RunResult): { place: string; experiments: string[]; loud: [string, string][] }[] {
  return result.figures.failover.faults.flatMap((fault) => {
    if (fault.fis === null) return [];
    const { place, experiments, notExercised, suspects } = fault.fis;
    const loud: [string, string][] = [
      ['Not exercised', notExercised.join('; ')],
      ['May be left', suspects.join('; ')],
    ];
    return [
      {
        place: placeWords(place),
        experiments: experiments.map((record) => recordWords(result, fault, record).join(' · ')),
        loud: loud.filter(([, what]) => what !== ''),
      },
    ];
  });
}

/** ` (local endpoint http://127.0.0.1:4566, a minute takes 60 s)`; '' for AWS itself. */
export function placeWords({ endpoint, scale }: FisPlace): string {
  if (endpoint === null) return '';
  return scale === null
    ? ` (endpoint ${endpoint} in place of AWS)`
    : ` (local endpoint ${endpoint}, a minute takes ${count(Number((MINUTE_MS / scale / 1000).toPrecision(3)))} s)`;
}

/** `EXP1 in eu-west-1: stopped, 12:01:03 to 12:01:35 UTC (32 s)`, then its ARN and what else there is, a line each. */
function recordWords(result: RunResult, fault: FaultFigures, record: FisRecord): string[] {
  const clocks = clockWords(result, fault, record).join(', ');
  return [
    `${record.id} in ${record.region}: ${stateWords(record.status)}, ${timesWords(record)}`,
    record.arn ?? NO_ARN,
    ...(record.reason === null ? [] : [`reason: ${record.reason.replace(/\.$/, '')}`]),
    ...record.actions.map(actionWords),
    targetWords(record),
    ...(clocks === '' ? [] : [clocks]),
  ];
}

const actionWords = (action: FisRecord['actions'][number]): string =>
  `${action.name} (${action.actionId}): ${stateWords(action.status)}${action.startEpochMs === null ? '' : `, ${timesWords(action)}`}`;

const stateWords = (status: string): string => (stateKind(status) === 'open' ? `${status} ${LAST_SEEN}` : status);

/** `12:01:03 to 12:01:35 UTC (32 s)`. */
function timesWords({ startEpochMs, endEpochMs }: Pick<FisRecord, 'startEpochMs' | 'endEpochMs'>): string {
  if (startEpochMs === null) return 'never started';
  if (endEpochMs === null) return `from ${clockUtc(startEpochMs)} UTC, not seen to end`;
  return `${clockUtc(startEpochMs)} to ${clockUtc(endEpochMs)} UTC (${seconds(endEpochMs - startEpochMs)})`;
}

/** `12:01:03`. */
export const clockUtc = (epochMs: number): string => new Date(epochMs).toISOString().slice(11, 19);

function targetWords({ targets }: FisRecord): string {
  if (targets.length === 0) return 'targets: the preview lists none';
  const shown = targetGroups(targets.slice(0, MOST_TARGETS)).map(({ name, found }) =>
    [name, found.join(', ')].join(' '),
  );
  const left = targets.length - MOST_TARGETS;
  return `targets, by the preview: ${shown.join('; ')}${left > 0 ? ` and ${count(left)} more` : ''}`;
}

/** Resources by the name that the template gives their target: a target is written as `name resource`. */
export function targetGroups(targets: string[]): { name: string; found: string[] }[] {
  const groups: { name: string; found: string[] }[] = [];
  for (const target of targets) {
    const [name = '', ...found] = target.split(' ');
    const known = groups.find((group) => group.name === name);
    if (known) known.found.push(found.join(' '));
    else groups.push({ name, found: [found.join(' ')] });
  }
  return groups;
}

/**
 * How long FIS took to its first action once it was asked, and to the end of its roll-back once it was told to stop:
 * its clock against the harness's. Nothing where an instant is not known.
 */
export function clockWords(
  { startedAt }: Pick<RunResult, 'startedAt'>,
  { askedMs, revertMs }: Pick<FaultFigures, 'askedMs' | 'revertMs'>,
  { actions, endEpochMs }: FisRecord,
): string[] {
  if (startedAt === null) return [];
  const t0EpochMs = Date.parse(startedAt);
  const begun = actions.flatMap(({ startEpochMs }) => startEpochMs ?? []);
  const runMs = askedMs === null || begun.length === 0 ? null : Math.min(...begun) - t0EpochMs - askedMs;
  const endMs = revertMs === null || endEpochMs === null ? null : endEpochMs - t0EpochMs - revertMs;
  const from = (ms: number): string => `${seconds(Math.abs(ms))} ${ms < 0 ? 'before' : 'after'}`;
  return [
    ...(runMs === null ? [] : [`running ${from(runMs)} it was asked for`]),
    ...(endMs === null ? [] : [`ended ${from(endMs)} it was told to stop`]),
  ];
}
