import type { Random } from './random.ts';

/**
 * Draws ranks 0 … count - 1 with probability proportional to 1 / (rank + 1)^exponent. Alias tables (Walker 1977, built
 * as by Vose 1991) make a draw two look-ups, whatever the count.
 */
export class Zipf {
  private readonly keep: Float64Array;
  private readonly alias: Uint32Array;

  constructor(count: number, exponent: number) {
    this.keep = new Float64Array(count);
    this.alias = new Uint32Array(count);
    let sum = 0;
    for (let rank = 0; rank < count; rank += 1) sum += this.keep[rank] = (rank + 1) ** -exponent;
    const small: number[] = [];
    const large: number[] = [];
    for (let rank = 0; rank < count; rank += 1) {
      this.keep[rank]! *= count / sum;
      (this.keep[rank]! < 1 ? small : large).push(rank);
    }
    while (small.length > 0 && large.length > 0) {
      const [poor, rich] = [small.pop()!, large.at(-1)!];
      this.alias[poor] = rich;
      this.keep[rich]! -= 1 - this.keep[poor]!;
      if (this.keep[rich]! < 1) small.push(large.pop()!);
    }
    // What is left over missed 1 by rounding alone.
    for (const rank of [...small, ...large]) this.keep[rank] = 1;
  }

  draw(random: Random): number {
    const rank = random.below(this.keep.length);
    return random.uniform() < this.keep[rank]! ? rank : this.alias[rank]!;
  }
}
