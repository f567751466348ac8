/** Figures of the last ten seconds in fixed memory: a ring of one histogram per second. */

const SECONDS = 10;
/** 32 logarithmic bins per factor of ten: figures are off by at most 3.7 %. */
const PER_DECADE = 32;
const LOWEST_MS = 0.1;
/** 0.1 ms to 100 s; other values go into the first or last bin. */
const BINS = 6 * PER_DECADE;

export interface WindowFigures {
  n: number;
  bad: number;
  perSecond: number;
  p50Ms: number | null;
  p99Ms: number | null;
}

/** Takes events by the time they ended, in any order; events older than the window are dropped. */
export class SlidingWindow {
  private readonly bins = new Uint32Array(SECONDS * BINS);
  private readonly counts = new Uint32Array(SECONDS);
  private readonly bads = new Uint32Array(SECONDS);
  /** Which second each slice holds. */
  private readonly seconds = new Int32Array(SECONDS).fill(-1);
  private readonly sums = new Uint32Array(BINS);

  /** One event that ended at `atMs` since T0, took `valueMs`, and was good or bad. */
  add(atMs: number, valueMs: number, bad: boolean): void {
    const second = Math.floor(atMs / 1000);
    const slice = second % SECONDS;
    if (second < 0 || second < this.seconds[slice]!) return;
    if (second > this.seconds[slice]!) {
      this.seconds[slice] = second;
      this.counts[slice] = 0;
      this.bads[slice] = 0;
      this.bins.fill(0, slice * BINS, (slice + 1) * BINS);
    }
    const bin = Math.floor(Math.log10(Math.max(valueMs, LOWEST_MS) / LOWEST_MS) * PER_DECADE);
    this.bins[slice * BINS + Math.min(bin, BINS - 1)]! += 1;
    this.counts[slice]! += 1;
    if (bad) this.bads[slice]! += 1;
  }

  /** What ended in the ten seconds before `nowMs`; the current second counts by the part of it that has passed. */
  figures(nowMs: number): WindowFigures {
    const current = Math.floor(nowMs / 1000);
    this.sums.fill(0);
    let n = 0;
    let bad = 0;
    for (let slice = 0; slice < SECONDS; slice += 1) {
      const second = this.seconds[slice]!;
      if (second < 0 || second <= current - SECONDS || second > current) continue;
      n += this.counts[slice]!;
      bad += this.bads[slice]!;
      for (let bin = 0; bin < BINS; bin += 1) this.sums[bin]! += this.bins[slice * BINS + bin]!;
    }
    const seconds = Math.min(nowMs / 1000, SECONDS - 1 + (nowMs % 1000) / 1000);
    return {
      n,
      bad,
      perSecond: seconds > 0 ? n / seconds : 0,
      p50Ms: this.quantile(0.5, n),
      p99Ms: this.quantile(0.99, n),
    };
  }

  /** The geometric middle of the bin that holds the quantile, ms. */
  private quantile(q: number, n: number): number | null {
    if (n === 0) return null;
    const rank = Math.ceil(q * n);
    let seen = 0;
    for (let bin = 0; bin < BINS; bin += 1) {
      seen += this.sums[bin]!;
      if (seen >= rank) return LOWEST_MS * 10 ** ((bin + 0.5) / PER_DECADE);
    }
    return null;
  }
}
