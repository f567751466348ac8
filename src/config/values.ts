/** Value schemas shared by profiles and targets. The message of a check is what it expects (see issue.ts). */
import { z } from 'zod';
import type { CheckParams } from './issue.ts';

const SHARE = 'a share above 0 and up to 1, such as 0.18 for 18 %';
const SHARE_OR_ZERO = 'a share from 0 to 1, such as 0.18 for 18 %';

/** A share above 0. */
export const share = z.number(SHARE).gt(0, SHARE).max(1, SHARE);

/** A share that may be 0. */
export const shareOrNone = z.number(SHARE_OR_ZERO).min(0, SHARE_OR_ZERO).max(1, SHARE_OR_ZERO);

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

/** The error of a template's placeholder that was never filled in. */
export const UNFILLED = { what: 'placeholder not filled in', next: 'Replace it with your own value.' } as const;

export const text = z.string().trim().min(1);

const NAME = 'a name in lower case with hyphens, such as `read-p99`';
export const kebabName = z.string(NAME).regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, NAME);

const STATUS = 'an HTTP status from 200 to 599';
export const statuses = z.array(z.int(STATUS).min(200, STATUS).max(599, STATUS)).min(1);

/** Sums may differ from 1 by this much, so that 0.333333 is accepted as a third. */
const SUM_TOLERANCE = 1e-6;

/** Adds an issue at `path` unless the shares sum to 1. It names the largest shares and the difference. */
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
  const difference = Number(Math.abs(1 - sum).toPrecision(4));
  const params: CheckParams = {
    what: `the shares of \`${path.map(String).join('.')}\` do not sum to 1`,
    got: `${Number(sum.toPrecision(7))}${names && ` (${entries.length > 3 ? 'the largest: ' : ''}${names})`}`,
    next: sum < 1 ? `Add ${difference} in total.` : `Remove ${difference} in total.`,
    at: 'key',
  };
  context.addIssue({ code: 'custom', path, message: '1 within 0.000001', params: { ...params } });
}

/** The shares without zeros, divided by their sum where they were rounded. */
export function toOne<K extends string>(shares: Partial<Record<K, number>>): Record<K, number> {
  const entries = Object.entries<number | undefined>(shares).filter((e): e is [string, number] => (e[1] ?? 0) > 0);
  const sum = entries.reduce((total, [, value]) => total + value, 0);
  const divisor = Math.abs(sum - 1) < 1e-12 ? 1 : sum;
  return Object.fromEntries(entries.map(([name, value]) => [name, value / divisor])) as Record<K, number>;
}
