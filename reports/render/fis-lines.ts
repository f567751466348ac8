/**
 * AWS FIS by its own account: experiments with state, times, actions and targets, as lines of plain text and as texts
 * that page and job summary share. t0 and t1 come from probes, never from FIS.
 */
import type { FisOutcome, FisPlace, FisRecord } from '../../src/formats/fis.ts';
import type { FaultFigures } from '../../claims/measures/failover/schema.ts';
import type { Line } from '../../claims/measures/measure.ts';
import type { RunResult } from '../run-result.ts';
import { count, seconds } from '../../src/formats/words.ts';

/** Targets that plain text lists; the page lists all of them. */
const MAX_TARGETS = 8;
const MINUTE_MS = 60_000;

/** Final states of an experiment or action whose roll-back succeeded. */
const ENDED_WELL = new Set(['completed', 'stopped']);
const ENDED = new Set([...ENDED_WELL, 'failed', 'cancelled', 'skipped']);

/** Added to a state that is not final. */
export const LAST_SEEN = 'when last seen';

/** `well`: ended and rolled back; `ill`: ended otherwise; `open`: not final. */
export const stateKind = (status: string): 'well' | 'ill' | 'open' =>
  ENDED_WELL.has(status) ? 'well' : ENDED.has(status) ? 'ill' : 'open';

export const FIS_SOURCE = 'States and times are as reported by FIS, by its clock; t0 and t1 are from probes.';

export const NO_ARN = 'no ARN from FIS';

/** The fault with this number and its FIS outcome; null for a fault without FIS. */
export function throughFis({ figures }: RunResult, number: number): (FaultFigures & { fis: FisOutcome }) | null {
  const fault = figures.failover.faults.find((one) => one.number === number);
  return fault === undefined || fault.fis === null ? null : { ...fault, fis: fault.fis };
}

/** One block for the FIS experiments of a fault; nothing for a fault without FIS. */
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
    `    ${experiments.length === 0 ? 'No experiment known.' : FIS_SOURCE}`,
    ...notExercised.map((what) => `    ! Not exercised: ${what}`),
    ...suspects.flatMap(suspectLines),
  ];
}

/** The command on a line of its own, so that it can be copied. */
function suspectLines(suspect: string): Line[] {
  const { what, command } = suspectParts(suspect);
  return [`    ! May be left: ${what}`, ...(command === null ? [] : [{ whole: `      check with ${command}` }])];
}

/** `... in eu-west-1: \`aws ec2 ...\`` as what may be left, and the command that shows it. */
export function suspectParts(suspect: string): { what: string; command: string | null } {
  const found = /^(.*?):? `([^`]+)`\.?$/s.exec(suspect);
  return found ? { what: found[1]!, command: found[2]! } : { what: suspect, command: null };
}

/** Per fault with FIS: the endpoint, a line per experiment, and warnings by title. */
export function fisSummary(
  result: RunResult,
): { place: string; experiments: string[]; warnings: [string, string][] }[] {
  return result.figures.failover.faults.flatMap((fault) => {
    if (fault.fis === null) return [];
    const { place, experiments, notExercised, suspects } = fault.fis;
    const warnings: [string, string][] = [
      ['Not exercised', notExercised.join('; ')],
      ['May be left', suspects.join('; ')],
    ];
    return [
      {
        place: placeWords(place),
        experiments: experiments.map((record) => recordWords(result, fault, record).join(' · ')),
        warnings: warnings.filter(([, what]) => what !== ''),
      },
    ];
  });
}

/** ` (local endpoint http://127.0.0.1:4566, a minute takes 60 s)`; '' for AWS. */
export function placeWords({ endpoint, scale }: FisPlace): string {
  if (endpoint === null) return '';
  return scale === null
    ? ` (endpoint ${endpoint} instead of AWS)`
    : ` (local endpoint ${endpoint}, a minute takes ${count(Number((MINUTE_MS / scale / 1000).toPrecision(3)))} s)`;
}

/** `EXP1 in eu-west-1: stopped, 12:01:03 to 12:01:35 UTC (32 s)`, then lines for ARN, reason, actions and targets. */
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
  if (endEpochMs === null) return `from ${clockUtc(startEpochMs)} UTC, end unknown`;
  return `${clockUtc(startEpochMs)} to ${clockUtc(endEpochMs)} UTC (${seconds(endEpochMs - startEpochMs)})`;
}

/** `12:01:03`. */
export const clockUtc = (epochMs: number): string => new Date(epochMs).toISOString().slice(11, 19);

function targetWords({ targets }: FisRecord): string {
  if (targets.length === 0) return 'targets: none in the preview';
  const shown = targetGroups(targets.slice(0, MAX_TARGETS)).map(({ name, found }) =>
    [name, found.join(', ')].join(' '),
  );
  const left = targets.length - MAX_TARGETS;
  return `targets in the preview: ${shown.join('; ')}${left > 0 ? ` and ${count(left)} more` : ''}`;
}

/** Resources by the name of their target in the template. A target is written as `name resource`. */
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
 * Time from the injection to the first action of FIS, and from the stop request to the end of its roll-back: the clock
 * of FIS minus the harness's. Empty where a time is unknown.
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
    ...(runMs === null ? [] : [`running ${from(runMs)} the injection`]),
    ...(endMs === null ? [] : [`ended ${from(endMs)} the stop request`]),
  ];
}
