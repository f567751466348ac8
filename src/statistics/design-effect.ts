/**
 * Design effect of bad events that come in bursts: how many times larger the variance of the share is than with
 * independent events, estimated from counts by time block. Counts are divided by it before a binomial bound is taken.
 *
 *   p = Σk / Σm,   deff = B / (B - 1) · Σ (k_i - p·m_i)² / (p · (1 - p) · Σm)
 *
 * The numerator is the linearised variance of a ratio estimator over B clusters (Cochran, Sampling Techniques, 1977,
 * section 6.3; Kish, Survey Sampling, 1965, section 8.2, where the quotient got its name): it allows for blocks of
 * unequal size, which plain variance of the k_i does not. Clamped to >= 1, because an estimate below 1 is luck and must
 * not make evidence larger than it is; 1 when nothing or everything is bad, where there is no variance to compare.
 * Blocks without requests do not count as blocks.
 *
 * @param bad   bad events by block
 * @param total events by block, same length
 */
export function designEffect(bad: ArrayLike<number>, total: ArrayLike<number>): number {
  let k = 0;
  let n = 0;
  let blocks = 0;
  for (let i = 0; i < total.length; i++) {
    k += bad[i]!;
    n += total[i]!;
    if (total[i]! > 0) blocks++;
  }
  if (k === 0 || k === n || blocks < 2) return 1;
  const p = k / n;
  let squares = 0;
  for (let i = 0; i < total.length; i++) squares += (bad[i]! - p * total[i]!) ** 2;
  return Math.max(1, ((blocks / (blocks - 1)) * squares) / (p * (1 - p) * n));
}
