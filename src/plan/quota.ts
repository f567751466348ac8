/**
 * Splits `total` by weights into whole numbers that sum to it exactly: the method of the largest remainder (Hamilton);
 * ties go to the first. Weights need not sum to 1; all zero gives all zero.
 */
export function largestRemainder(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  if (sum <= 0) return weights.map(() => 0);
  return roundToSum(
    weights.map((w) => (total * w) / sum),
    total,
  );
}

/** Rounds quotas that sum to about `total` so that they sum to it exactly, giving to the largest remainders first. */
function roundToSum(quotas: number[], total: number): number[] {
  const whole = quotas.map((q) => Math.max(0, Math.floor(q)));
  const order = quotas.map((_, i) => i).toSorted((a, b) => quotas[b]! - whole[b]! - (quotas[a]! - whole[a]!) || a - b);
  let rest = total - whole.reduce((a, b) => a + b, 0);
  for (let i = 0; rest > 0; i = (i + 1) % order.length, rest -= 1) whole[order[i]!]! += 1;
  // A negative quota (its part had too much before) was raised to zero: take that from the smallest remainders.
  for (let i = order.length - 1; rest < 0; i = i > 0 ? i - 1 : order.length - 1) {
    const part = order[i]!;
    const has = whole[part]!;
    if (has > 0) {
      whole[part] = has - 1;
      rest += 1;
    }
  }
  return whole;
}

/**
 * Splits several totals by the same weights, one after the other. Rounding errors are carried over, so that the sums
 * over all totals keep to the weights too, within one.
 */
export class CarriedQuota {
  private readonly carried: number[];
  private readonly shares: readonly number[];

  constructor(weights: readonly number[]) {
    const sum = weights.reduce((a, b) => a + b, 0);
    this.shares = weights.map((w) => (sum > 0 ? w / sum : 0));
    this.carried = weights.map(() => 0);
  }

  /** Whole numbers that sum to `total` exactly; all zero where all weights are. */
  split(total: number): number[] {
    if (this.shares.every((share) => share === 0)) return this.shares.map(() => 0);
    const quotas = this.shares.map((share, i) => total * share + this.carried[i]!);
    const whole = roundToSum(quotas, total);
    for (const [i, quota] of quotas.entries()) this.carried[i] = quota - whole[i]!;
    return whole;
  }
}
