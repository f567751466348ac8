/**
 * Holm's step-down procedure (Holm 1979): which of several hypotheses can be rejected so that the chance of even one
 * wrong rejection among all of them stays below `alpha`, whatever their dependence.
 *
 * @param pValues one per hypothesis
 * @returns for each, in the same order, whether it is rejected
 */
export function holmRejections(pValues: readonly number[], alpha: number): boolean[] {
  const order = pValues.map((p, i) => ({ p, i })).sort((a, b) => a.p - b.p);
  const rejected = pValues.map(() => false);
  for (const [rank, { p, i }] of order.entries()) {
    if (!(p <= alpha / (pValues.length - rank))) break;
    rejected[i] = true;
  }
  return rejected;
}
