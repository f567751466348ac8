import { binomialCdf, exceedance } from './binomial.ts';

/** Larger numbers are useless as advice. */
const MAX_REQUESTS = 1e9;

/** A run this many times as long is no advice: the bad share is too close to its limit. */
const MAX_TIMES_LONGER = 100;

/** Whether so many more requests than the `total` so far are no advice. */
export const isTooClose = (lacking: number, total: number): boolean => total > 0 && lacking > MAX_TIMES_LONGER * total;

export interface Undecided {
  /** Bad and all requests so far. */
  bad: number;
  total: number;
  /** Largest bad share. */
  maxBadShare: number;
  /** Counts are divided by it. */
  designEffect: number;
  /** Chance of a wrong PASS, and of a wrong FAIL (smaller where many cells are judged: alpha over their number). */
  passAlpha: number;
  failAlpha: number;
}

/**
 * The number of requests in all that would decide PASS or FAIL if the bad share stayed as observed (0 without
 * requests). At least `total`; null if not even a billion would.
 */
export function requestsToSettle(q: Undecided): number | null {
  const share = q.total > 0 ? q.bad / q.total : 0;
  const settled = (n: number): boolean => {
    const size = n / q.designEffect;
    // Whole requests, rounded against the decision. The 1e-9 allows for share · n being inexact.
    if (share < q.maxBadShare) {
      return binomialCdf(Math.ceil(share * n - 1e-9) / q.designEffect, size, q.maxBadShare) <= q.passAlpha;
    }
    return exceedance(Math.floor(share * n + 1e-9) / q.designEffect, size, q.maxBadShare) <= q.failAlpha;
  };
  let high = Math.max(1, q.total);
  while (!settled(high)) {
    high *= 2;
    if (high > MAX_REQUESTS) return null;
  }
  // `settled` is a saw-tooth near its threshold; every step keeps `high` settled, so the result is too.
  let low = Math.max(0, q.total - 1);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (settled(middle)) high = middle;
    else low = middle;
  }
  return high;
}
