/**
 * The smoke test: one request of every operation to every region before the load. An unexpected response ends the
 * command.
 */
import { type AntipodeError, brokenError } from '../errors.ts';
import type { RunPlan } from '../formats/plan.ts';
import type { SmokeFinding, SmokeRequest } from '../formats/player.ts';
import { ERRORS, type ErrorKind } from '../formats/recording.ts';
import { CLIENT_ROLES, TIMETABLE_ROW_WORDS, type TimetableIndex } from '../formats/timetable.ts';

/** Attempts of one operation in a region until one is good. */
const MAX_ATTEMPTS = 3;
/** Longer lists of findings are cut here and the rest is counted. */
const MAX_FINDINGS = 5;

/** The smoke test uses this share of a target's rate limit, with at least this much time between requests, ms. */
const LIMIT_SHARE = 0.5;
const MIN_GAP_MS = 50;

/** Errors of an unhealthy target, which the run judges; any other points to a mistake in the target file. */
const TARGET_ERRORS: readonly ErrorKind[] = [
  'timeout',
  'refused',
  'reset',
  'cut-short',
  'http-5xx',
  'resolve',
  'generator',
  'other',
];

const ROLES_OF_SMOKE = ['mix', 'probe', 'topup'].map((role) => CLIENT_ROLES.indexOf(role as 'mix'));

/** The first requests of each operation by users and probes, with row numbers beyond the timetable. */
export function smokeRequests(plan: RunPlan, index: TimetableIndex, timetable: Uint8Array): SmokeRequest[] {
  const words = new Uint32Array(timetable.buffer, timetable.byteOffset, timetable.byteLength / 4);
  const { firstRow, rows, role } = index.clients;
  const found = plan.operations.map((): SmokeRequest[] => []);
  for (const [client, first] of firstRow.entries()) {
    if (!ROLES_OF_SMOKE.includes(role[client]!)) continue;
    for (let row = first; row < first + rows[client]!; row += 1) {
      const at = row * TIMETABLE_ROW_WORDS;
      const operation = words[at + 1]! & 0xffff;
      if (found[operation]!.length === MAX_ATTEMPTS) continue;
      found[operation]!.push({ operation, tenant: words[at + 1]! >>> 16, key: words[at + 2]!, row: 0 });
    }
  }
  return found.flat().map((request, i) => ({ ...request, row: index.totalRows + i }));
}

/** Time between two requests of the smoke test, ms: long enough for the rate limit of the target. */
export const smokeGapMs = ({ target: { maxRatePerSecond } }: RunPlan): number =>
  Math.ceil(Math.max(MIN_GAP_MS, 1000 / (LIMIT_SHARE * (maxRatePerSecond ?? Infinity))));

/** The result of the smoke test: an error that ends the command, and lines on errors that the run will judge. */
export function smokeVerdict(
  plan: RunPlan,
  findings: SmokeFinding[],
): { error: AntipodeError | null; lines: string[] } {
  // Only the last attempt counts: it is bad only if all were.
  const last = new Map(findings.map((f) => [`${f.operation}/${f.region}/${f.step}`, f]));
  const bad = [...last.values()].filter(({ isBad }) => isBad);
  const isTargetError = (f: SmokeFinding): boolean => TARGET_ERRORS.includes(ERRORS[f.error]!);
  const lines = bad.filter(isTargetError).map((f) => `smoke: ${findingText(plan, f)}`);
  const unexpected = bad.filter((f) => !isTargetError(f));
  if (unexpected.length === 0) return { error: null, lines };
  const more = unexpected.length > MAX_FINDINGS ? `; and ${unexpected.length - MAX_FINDINGS} more` : '';
  const error = brokenError({
    what: 'The smoke test before the load got unexpected responses, so no load was sent',
    got:
      unexpected
        .slice(0, MAX_FINDINGS)
        .map((f) => findingText(plan, f))
        .join('; ') + more,
    next: `Correct target ${plan.target.name}, or pass \`--no-smoke\` to send the load anyway.`,
  });
  return { error, lines };
}

function findingText(plan: RunPlan, { operation, region, step, status, error, text }: SmokeFinding): string {
  const planned = plan.operations[operation]!;
  const sent = planned.kind === 'journey' ? (plan.operations[planned.steps[step] ?? -1] ?? planned) : planned;
  const name = sent === planned ? `\`${planned.name}\`` : `\`${sent.name}\` of \`${planned.name}\``;
  const got = status > 0 ? `${status}` : (ERRORS[error] ?? 'no response');
  const expected = sent.expect.includes(status) ? '' : `, expected ${sent.expect.join(' or ')}`;
  return `${name} (${sent.method} ${sent.path}) in ${plan.regions[region]!.id}: ${got}${text ? ` (${text})` : ''}${expected}`;
}
