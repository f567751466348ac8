/** A verdict on one limit of an experiment in one region, from what was found there. */
import type { RunPlan } from '../../src/formats/plan.ts';
import type { CellVerdict } from '../../src/formats/run-result.ts';
import { lowerBound, upperBound } from '../../src/statistics/binomial.ts';
import { ALPHA } from '../../src/statistics/decision.ts';
import { countWords } from '../limit-claims.ts';
import type { SpoilingCheck } from './validity.ts';
import { list } from './words.ts';

export interface Finding {
  status: 'PASS' | 'FAIL' | 'INCONCLUSIVE';
  why: string;
  valueMs: number | null;
  /** Requests (or writes, or seconds) looked at, and the bad ones. */
  total: number;
  bad: number;
}

/** How a limit is written: as a time, as the share that may be bad, or as a count. */
export type Limit = { ms: number } | { share: number } | { count: number };

/** What is said where nothing was found. */
export const NOTHING: Finding = {
  status: 'INCONCLUSIVE',
  why: 'Not tested: no fault is known for it.',
  valueMs: null,
  total: 0,
  bad: 0,
};

/** Without these nothing that was recorded can be believed, not even what must never happen. */
const EVIDENCE: string[] = ['seal', 'conservation'];

/**
 * Whether a FAIL of something that must never happen stands although the run does not count: a busy generator makes times
 * worthless, and an acknowledged write that is gone is gone (DESIGN section 10).
 */
export const isViolated = (claim: string, status: string, checks: Pick<SpoilingCheck, 'id' | 'ok'>[]): boolean =>
  countWords(claim) !== null && status === 'FAIL' && checks.every(({ id, ok }) => ok || !EVIDENCE.includes(id));

/** The cell; INVALID where a check that spoils the region's figures failed, unless something is violated for good. */
export function limitCell(
  plan: RunPlan,
  { claim, region, limit }: { claim: string; region: number; limit: Limit },
  { status, why, valueMs, total, bad }: Finding,
  checks: SpoilingCheck[],
): CellVerdict {
  const isShare = 'share' in limit && total > 0;
  const failing = checks.filter((c) => !c.ok && (c.regions === null || c.regions.includes(region)));
  const spoiled = isViolated(claim, status, checks) ? [] : failing;
  return {
    claim,
    subject: plan.regions[region]!.id,
    gating: true,
    status: spoiled.length > 0 ? 'INVALID' : status,
    why:
      spoiled.length > 0
        ? `The run does not count (${list(spoiled.map((c) => c.id))}). It would read ${status}: ${why}`
        : why,
    limitMs: 'ms' in limit ? limit.ms : null,
    floorMs: null,
    maxBadShare: 'share' in limit ? limit.share : 0,
    total,
    bad,
    badShare: isShare ? bad / total : null,
    lowerShare: isShare ? lowerBound(bad, total, ALPHA) : null,
    upperShare: isShare ? upperBound(bad, total, ALPHA) : null,
    designEffect: 1,
    valueMs,
    requestsLacking: status === 'INCONCLUSIVE' ? null : 0,
  };
}

/** Where a share of what was looked at lies against the most that may be bad: by its one-sided 95 % bounds. */
export function shareStatus(bad: number, total: number, most: number): Finding['status'] {
  if (upperBound(bad, total, ALPHA) <= most) return 'PASS';
  return lowerBound(bad, total, ALPHA) > most ? 'FAIL' : 'INCONCLUSIVE';
}

export const seconds = (ms: number): string => `${Number((ms / 1000).toFixed(ms < 10_000 ? 2 : 1))} s`;
