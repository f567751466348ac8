import { lowerBound, upperBound } from '../../src/statistics/binomial.ts';

/** One-sided error of each end. */
const ALPHA = 0.05;

/**
 * Between which sample quantiles the true q-quantile lies with 90 % confidence, from n independent requests: the
 * share of requests beyond it is binomial, so Clopper-Pearson bounds on that share bound the quantile. For drawing;
 * verdicts count, and correct for dependence.
 */
export function binomialQuantileShares(q: number, n: number): { low: number; high: number } {
  const beyond = (1 - q) * n;
  return { low: 1 - upperBound(beyond, n, ALPHA), high: 1 - lowerBound(beyond, n, ALPHA) };
}
