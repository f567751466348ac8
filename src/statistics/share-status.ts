import { lowerBound, upperBound } from './binomial.ts';
import { ALPHA } from './decision.ts';

/** Where a share of what was looked at lies against the most that may be bad: by its one-sided 95 % bounds. */
export function shareStatus(bad: number, total: number, most: number): 'PASS' | 'FAIL' | 'INCONCLUSIVE' {
  if (upperBound(bad, total, ALPHA) <= most) return 'PASS';
  return lowerBound(bad, total, ALPHA) > most ? 'FAIL' : 'INCONCLUSIVE';
}
