/** Kinds of values that profiles and targets share. The message of a check is what it expects (see issue.ts). */
import { z } from 'zod';
import type { CheckParams } from './issue.ts';

const SHARE = 'a share above 0 and up to 1, such as 0.18 for 18 %';
const SHARE_OR_NONE = 'a share from 0 to 1, such as 0.18 for 18 %';

/** A share that somebody must have. */
export const share = z.number(SHARE).gt(0, SHARE).max(1, SHARE);

/** A share that may be nothing. */
export const shareOrNone = z.number(SHARE_OR_NONE).min(0, SHARE_OR_NONE).max(1, SHARE_OR_NONE);

/** A number within bounds, both included. */
export const between = (min: number, max: number, unit = '') => {
  const expected = `a number from ${min} to ${max}${unit && ` ${unit}`}`;
  return z.number(expected).min(min, expected).max(max, expected);
};

/** A whole number within bounds, both included. */
export const wholeBetween = (min: number, max: number, unit = '') => {
  const expected = `a whole number from ${min} to ${max}${unit && ` ${unit}`}`;
  return z.int(expected).min(min, expected).max(max, expected);
};

/** What is said of a value that nobody has filled in. */
export const STILL_HERE = { what: 'a placeholder is still here', next: 'Fill in what is yours.' } as const;

export const text = z.string().trim().min(1);

const NAME = 'a name in lower case with hyphens, such as `read-p99`';
export const kebabName = z.string(NAME).regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, NAME);

const STATUS = 'an HTTP status from 200 to 599';
export const statuses = z.array(z.int(STATUS).min(200, STATUS).max(599, STATUS)).min(1);

/** Shares may miss 1 by this much: three numbers typed as 0.333333 are meant as thirds. */
const SUM_TOLERANCE = 1e-6;

/** Adds an issue at `path` unless the shares sum to 1; it lists the largest and says how much is lacking. */
export function checkShares(
  context: z.RefinementCtx,
  path: PropertyKey[],
  shares: Record<string, number | undefined>,
): void {
  const entries = Object.entries(shares).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
  const sum = entries.reduce((total, { value }) => total + value, 0);
  if (Math.abs(sum - 1) <= SUM_TOLERANCE) return;
  const largest = entries.toSorted((a, b) => b.value - a.value).slice(0, 3);
  const names = largest.map(({ name, value }) => `${name} ${value}`).join(', ');
  const lacking = Number(Math.abs(1 - sum).toPrecision(4));
  const params: CheckParams = {
    what: `the shares of \`${path.map(String).join('.')}\` do not sum to 1`,
    got: `${Number(sum.toPrecision(7))} in all${names && ` (${entries.length > 3 ? 'the largest: ' : ''}${names})`}`,
    next: sum < 1 ? `Add ${lacking} to them.` : `Take ${lacking} off them.`,
    at: 'key',
  };
  context.addIssue({ code: 'custom', path, message: '1 within 0.000001', params: { ...params } });
}

/** The same shares without those of nobody; divided by their sum where they were typed as rounded thirds. */
export function toOne<K extends string>(shares: Partial<Record<K, number>>): Record<K, number> {
  const entries = Object.entries<number | undefined>(shares).filter((e): e is [string, number] => (e[1] ?? 0) > 0);
  const sum = entries.reduce((total, [, value]) => total + value, 0);
  const divisor = Math.abs(sum - 1) < 1e-12 ? 1 : sum;
  return Object.fromEntries(entries.map(([name, value]) => [name, value / divisor])) as Record<K, number>;
}
