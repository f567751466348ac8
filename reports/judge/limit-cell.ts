/** A verdict on a limit of an experiment, from what was found in one region, as a cell like every other. */
import type { RunPlan } from '../../src/formats/plan.ts';
import type { CellVerdict } from '../../src/formats/run-result.ts';
import { lowerBound, upperBound } from '../../src/statistics/binomial.ts';
import { ALPHA } from '../../src/statistics/decision.ts';
import type { SpoilingCheck } from './validity.ts';
import { list } from './words.ts';

export interface Finding {
  status: 'PASS' | 'FAIL' | 'INCONCLUSIVE';
  why: string;
  valueMs: number | null;
  /** Requests looked at, and the bad ones. */
  total: number;
  bad: number;
}

export const NOTHING: Finding = {
  status: 'INCONCLUSIVE',
  why: 'Not tested: no fault is known for it.',
  valueMs: null,
  total: 0,
  bad: 0,
};

/** What a limit is on: a time, a share of bad requests, or a count that only the claim's title names. */
export type LimitKind = 'time' | 'share' | 'count';

/** The cell of a finding; INVALID where the run does not count for its region. `limit` is in ms or a share. */
export function limitCell(
  plan: RunPlan,
  checks: SpoilingCheck[],
  claim: string,
  region: number,
  limit: { kind: LimitKind; most: number },
  { status, why, valueMs, total, bad }: Finding,
): CellVerdict {
  const isShare = limit.kind === 'share' && total > 0;
  const cell: CellVerdict = {
    claim,
    subject: plan.regions[region]!.id,
    gating: true,
    status,
    why,
    limitMs: limit.kind === 'time' ? limit.most : null,
    floorMs: null,
    maxBadShare: limit.kind === 'share' ? limit.most : 0,
    total,
    bad,
    badShare: isShare ? bad / total : null,
    lowerShare: isShare ? lowerBound(bad, total, ALPHA) : null,
    upperShare: isShare ? upperBound(bad, total, ALPHA) : null,
    designEffect: 1,
    valueMs,
    requestsLacking: status === 'INCONCLUSIVE' ? null : 0,
  };
  const spoiled = checks.filter((c) => !c.ok && (c.regions === null || c.regions.includes(region)));
  if (spoiled.length === 0) return cell;
  return {
    ...cell,
    status: 'INVALID',
    why: `The run does not count (${list(spoiled.map((c) => c.id))}). It would read ${status}: ${why}`,
  };
}

/** PASS or FAIL where the exact one-sided 95 % bound of the share (Clopper-Pearson) is on one side of the limit. */
export function shareStatus(bad: number, total: number, most: number): Finding['status'] {
  const [lower, upper] = [lowerBound(bad, total, ALPHA), upperBound(bad, total, ALPHA)];
  return upper <= most ? 'PASS' : lower > most ? 'FAIL' : 'INCONCLUSIVE';
}

/** `6.21 s`. */
export const seconds = (ms: number): string => `${Number((ms / 1000).toFixed(ms < 10_000 ? 2 : 1))} s`;
