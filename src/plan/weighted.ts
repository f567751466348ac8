import type { Random } from './random.ts';

/** Weights of ranks 0 … count - 1, proportional to 1 / (rank + 1)^exponent; their sum is not 1. */
export const zipfWeights = (count: number, exponent: number): Float64Array =>
  Float64Array.from({ length: count }, (_, rank) => (rank + 1) ** -exponent);

/**
 * Draws indices with probability proportional to their weights. With alias tables (Walker 1977, built as by Vose 1991)
 * a draw takes two look-ups, whatever the count.
 */
export class Weighted {
  private readonly keep: Float64Array;
  private readonly alias: Uint32Array;

  constructor(weights: ArrayLike<number>) {
    const count = weights.length;
    this.keep = Float64Array.from(weights);
    this.alias = new Uint32Array(count);
    const sum = this.keep.reduce((a, b) => a + b, 0);
    const small: number[] = [];
    const large: number[] = [];
    for (let at = 0; at < count; at += 1) {
      this.keep[at]! *= count / sum;
      (this.keep[at]! < 1 ? small : large).push(at);
    }
    while (small.length > 0 && large.length > 0) {
      const [poor, rich] = [small.pop()!, large.at(-1)!];
      this.alias[poor] = rich;
      this.keep[rich]! -= 1 - this.keep[poor]!;
      if (this.keep[rich]! < 1) small.push(large.pop()!);
    }
    // The rest missed 1 only by rounding.
    for (const at of [...small, ...large]) this.keep[at] = 1;
  }

  draw(random: Random): number {
    const at = random.below(this.keep.length);
    return random.uniform() < this.keep[at]! ? at : this.alias[at]!;
  }
}
