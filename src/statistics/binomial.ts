import betaCdf from '@stdlib/stats-base-dists-beta-cdf';
import betaQuantile from '@stdlib/stats-base-dists-beta-quantile';

/**
 * One-sided Clopper-Pearson bounds (Clopper and Pearson 1934) on the share of bad events, with k bad among n. Both
 * accept fractions, because counts are divided by a design effect. `alpha` is the chance of a wrong bound, e.g. 0.05.
 */
export const upperBound = (k: number, n: number, alpha: number): number =>
  n <= 0 || k >= n ? 1 : betaQuantile(1 - alpha, k + 1, n - k);

export const lowerBound = (k: number, n: number, alpha: number): number =>
  n <= 0 || k <= 0 ? 0 : betaQuantile(alpha, k, n - k + 1);

/** P(X <= k) for X binomial(n, p), by its identity with the incomplete beta function. */
export const binomialCdf = (k: number, n: number, p: number): number =>
  k < 0 ? 0 : k >= n ? 1 : 1 - betaCdf(p, k + 1, n - k);

/**
 * P(X >= k) for X binomial(n, p): the p-value of "more than p are bad". Also for fractional k (counts divided by a
 * design effect), by the same identity, so that it is below alpha exactly when `lowerBound` is above p.
 */
export const exceedance = (k: number, n: number, p: number): number =>
  k <= 0 ? 1 : k > n ? 0 : betaCdf(p, k, n - k + 1);
