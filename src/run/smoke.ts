/**
 * One request of every operation to every region before the load: what does not answer as declared ends the command.
 */
import { type AntipodeError, brokenError } from '../errors.ts';
import type { RunPlan } from '../formats/plan.ts';
import type { SmokeFinding, SmokeRequest } from '../formats/player.ts';
import { ERRORS, type ErrorKind } from '../formats/recording.ts';
import { CLIENT_ROLES, TIMETABLE_ROW_WORDS, type TimetableIndex } from '../formats/timetable.ts';

/** Requests of one operation with which it is tried in a region until one of them is good. */
const TRIES = 3;
const NAMED = 5;

/** The smoke takes this part of a target's limit, and has at least so much time between two requests, ms. */
const LIMIT_PART = 0.5;
const LEAST_GAP_MS = 50;

/** What ails a target and is for the run to judge; all else is a mistake in what was declared, or a riddle. */
const AILMENTS: readonly ErrorKind[] = [
  'timeout',
  'refused',
  'reset',
  'cut-short',
  'http-5xx',
  'resolve',
  'generator',
  'other',
];

const PEOPLE = ['mix', 'probe', 'topup'].map((role) => CLIENT_ROLES.indexOf(role as 'mix'));

/** The first requests of each operation that people send, under row numbers that no row of the timetable has. */
export function smokeRequests(plan: RunPlan, index: TimetableIndex, timetable: Uint8Array): SmokeRequest[] {
  const words = new Uint32Array(timetable.buffer, timetable.byteOffset, timetable.byteLength / 4);
  const { firstRow, rows, role } = index.clients;
  const found = plan.operations.map((): SmokeRequest[] => []);
  for (const [client, first] of firstRow.entries()) {
    if (!PEOPLE.includes(role[client]!)) continue;
    for (let row = first; row < first + rows[client]!; row += 1) {
      const at = row * TIMETABLE_ROW_WORDS;
      const operation = words[at + 1]! & 0xffff;
      if (found[operation]!.length === TRIES) continue;
      found[operation]!.push({ operation, tenant: words[at + 1]! >>> 16, key: words[at + 2]!, row: 0 });
    }
  }
  return found.flat().map((request, i) => ({ ...request, row: index.totalRows + i }));
}

/** Between two requests of the smoke, ms: long enough for the limit of the target. */
export const smokeGapMs = ({ target: { maxRatePerSecond } }: RunPlan): number =>
  Math.ceil(Math.max(LEAST_GAP_MS, 1000 / (LIMIT_PART * (maxRatePerSecond ?? Infinity))));

/** What the smoke says: an error that ends the command, and lines on what ails the target, which the run will judge. */
export function smokeVerdict(
  plan: RunPlan,
  findings: SmokeFinding[],
): { error: AntipodeError | null; lines: string[] } {
  // Of several tries the last counts: it is bad only where all were.
  const last = new Map(findings.map((f) => [`${f.operation}/${f.region}/${f.step}`, f]));
  const bad = [...last.values()].filter(({ isBad }) => isBad);
  const ails = (f: SmokeFinding): boolean => AILMENTS.includes(ERRORS[f.error]!);
  const lines = bad.filter(ails).map((f) => `smoke: ${inWords(plan, f)}`);
  const wrong = bad.filter((f) => !ails(f));
  if (wrong.length === 0) return { error: null, lines };
  const more = wrong.length > NAMED ? `; and ${wrong.length - NAMED} more` : '';
  const error = brokenError({
    what: 'The smoke before the load got answers that are not as declared, so no load was sent',
    got:
      wrong
        .slice(0, NAMED)
        .map((f) => inWords(plan, f))
        .join('; ') + more,
    next: `Correct target ${plan.target.name}, or pass \`--no-smoke\` to send the load all the same.`,
  });
  return { error, lines };
}

function inWords(plan: RunPlan, { operation, region, step, status, error, text }: SmokeFinding): string {
  const planned = plan.operations[operation]!;
  const sent = planned.kind === 'journey' ? (plan.operations[planned.steps[step] ?? -1] ?? planned) : planned;
  const name = sent === planned ? `\`${planned.name}\`` : `\`${sent.name}\` of \`${planned.name}\``;
  const came = status > 0 ? `${status}` : (ERRORS[error] ?? 'no answer');
  const expected = sent.expect.includes(status) ? '' : `, expected ${sent.expect.join(' or ')}`;
  return `${name} (${sent.method} ${sent.path}) in ${plan.regions[region]!.id}: ${came}${text ? ` (${text})` : ''}${expected}`;
}
