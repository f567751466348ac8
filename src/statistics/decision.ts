/**
 * What a number of requests can decide. A cell PASSes iff the upper Clopper-Pearson bound on its share of bad requests
 * is within the limit, and FAILs iff the lower bound is above it (DESIGN section 10). Both are thresholds on the number
 * of bad requests, so the chance of each verdict is exactly a binomial probability.
 */
import { binomialCdf } from './binomial.ts';

/** Chance of a wrong verdict on one cell. */
export const ALPHA = 0.05;

/** The largest number of bad requests among n that PASSes at level alpha; -1 where n is too small even for none. */
export function maxBadToPass(n: number, maxBadShare: number, alpha: number): number {
  let [passes, fails] = [-1, Math.ceil(n * maxBadShare) + 1];
  while (fails - passes > 1) {
    const k = (passes + fails) >> 1;
    if (binomialCdf(k, n, maxBadShare) <= alpha) passes = k;
    else fails = k;
  }
  return passes;
}

/** The smallest number of bad requests among n that FAILs at level alpha; n + 1 where not even n bad ones do. */
export function minBadToFail(n: number, maxBadShare: number, alpha: number): number {
  let [passes, fails] = [Math.floor(n * maxBadShare), n + 1];
  while (fails - passes > 1) {
    const k = (passes + fails) >> 1;
    if (1 - binomialCdf(k - 1, n, maxBadShare) <= alpha) fails = k;
    else passes = k;
  }
  return fails;
}

/** Probability that n independent requests, each bad with `trueShare`, PASS a claim of `maxBadShare`. */
export const passProbability = (n: number, maxBadShare: number, trueShare: number, alpha: number): number =>
  n <= 0 ? 0 : binomialCdf(maxBadToPass(n, maxBadShare, alpha), n, trueShare);

/** Probability that they FAIL it. With Holm's correction, `alpha` is the level of its first step. */
export const failProbability = (n: number, maxBadShare: number, trueShare: number, alpha: number): number =>
  n <= 0 ? 0 : 1 - binomialCdf(minBadToFail(n, maxBadShare, alpha) - 1, n, trueShare);

/** Ratio of the steps of the search below: thresholds are whole numbers, so the probabilities are saw-teeth in n. */
const STEP = 1.01;

/**
 * The smallest number of requests from which on `enough(n)` always holds, to one percent, for claims of `maxBadShare`;
 * null if it does not hold with fifty times the minimum for such a claim (about 3 / maxBadShare).
 */
export function requestsUntil(maxBadShare: number, enough: (n: number) => boolean): number | null {
  let lastLacking = 0;
  let n = 2 / maxBadShare;
  for (; n < 150 / maxBadShare; n *= STEP) if (!enough(Math.ceil(n))) lastLacking = n;
  const least = Math.ceil(lastLacking * STEP);
  return lastLacking * STEP >= n ? null : Math.max(least, Math.ceil(2 / maxBadShare));
}
