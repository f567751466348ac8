import { lowerBound, upperBound } from './binomial.ts';
import { ALPHA } from './decision.ts';

/** The status of a bad share against its limit, by its one-sided 95 % bounds. */
export function shareStatus(bad: number, total: number, maxBadShare: number): 'PASS' | 'FAIL' | 'INCONCLUSIVE' {
  if (upperBound(bad, total, ALPHA) <= maxBadShare) return 'PASS';
  return lowerBound(bad, total, ALPHA) > maxBadShare ? 'FAIL' : 'INCONCLUSIVE';
}
