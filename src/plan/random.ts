import { createHash } from 'node:crypto';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/**
 * A stream of random numbers for one purpose. The streams of a seed are independent: each starts from the hash of seed
 * and purpose, so that more draws for one purpose change nothing for the others.
 */
export class Random {
  private readonly generator: ReturnType<typeof xoroshiro128plusFromState>;
  private spareNormal: number | null = null;

  constructor(seed: number, purpose: string) {
    const hash = createHash('sha256').update(`${seed}/${purpose}`).digest();
    this.generator = xoroshiro128plusFromState([0, 4, 8, 12].map((at) => hash.readInt32LE(at)));
  }

  /** Uniform in (0, 1), both excluded, in steps of 2^-32. */
  uniform(): number {
    return ((this.generator.next() >>> 0) + 0.5) / 0x1_0000_0000;
  }

  /** Uniform whole number in [0, n). */
  below(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /** Standard normal (Box and Muller 1958). */
  normal(): number {
    if (this.spareNormal !== null) {
      const spare = this.spareNormal;
      this.spareNormal = null;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Length of a geometric run, at least 1, with the given mean. */
  geometric(mean: number): number {
    return mean <= 1 ? 1 : 1 + Math.floor(Math.log(this.uniform()) / Math.log1p(-1 / mean));
  }

  /** Shuffles in place (Fisher and Yates). */
  shuffle(items: Uint8Array | Uint16Array | Uint32Array): void {
    for (let i = items.length - 1; i > 0; i -= 1) {
      const j = this.below(i + 1);
      const kept = items[i]!;
      items[i] = items[j]!;
      items[j] = kept;
    }
  }
}
