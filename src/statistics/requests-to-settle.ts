import { binomialCdf, exceedance } from './binomial.ts';

/** More than this is no advice any more. */
const MOST_REQUESTS = 1e9;

export interface Question {
  /** Bad and all requests seen so far. */
  bad: number;
  total: number;
  /** The most that may be bad. */
  maxBadShare: number;
  /** Counts are divided by it. */
  designEffect: number;
  /** Chance of a wrong PASS, and of a wrong FAIL (smaller where many cells are judged: alpha over their number). */
  passAlpha: number;
  failAlpha: number;
}

/**
 * How many requests in all would decide the question if the share that is bad stayed as observed: PASS when it is below
 * the limit, FAIL when it is above; nothing seen counts as nothing bad. At least `total`; null when no number up to a
 * billion would.
 */
export function requestsToSettle(q: Question): number | null {
  const share = q.total > 0 ? q.bad / q.total : 0;
  const settled = (n: number): boolean => {
    const size = n / q.designEffect;
    // Whole requests: rounded to the side that makes the decision harder. The 1e-9 forgives share · n being inexact.
    if (share < q.maxBadShare) {
      return binomialCdf(Math.ceil(share * n - 1e-9) / q.designEffect, size, q.maxBadShare) <= q.passAlpha;
    }
    return exceedance(Math.floor(share * n + 1e-9) / q.designEffect, size, q.maxBadShare) <= q.failAlpha;
  };
  let high = Math.max(1, q.total);
  while (!settled(high)) {
    high *= 2;
    if (high > MOST_REQUESTS) return null;
  }
  // `settled` is a saw-tooth near its first truth; every step here keeps `high` settled, so the answer is too.
  let low = Math.max(0, q.total - 1);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (settled(middle)) high = middle;
    else low = middle;
  }
  return high;
}
