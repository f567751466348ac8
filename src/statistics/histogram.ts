/**
 * Counts of latencies in bins of equal ratio, for display only: verdicts count exactly at the limit. One bin ends
 * exactly at `anchorUs`, so a quantile from it is on the same side of that limit as the exact one.
 */
/** For drawing, latency in ms; quantiles are null where they fall among failed requests. */
export interface Distribution {
  n: number;
  bad: number;
  p50: number | null;
  p90: number | null;
  p99: number | null;
  p999: number | null;
  max: number | null;
  /** Upper edges of the bins, and counts of answered requests in them. */
  edgesMs: number[];
  counts: number[];
}

const LOWEST_US = 10;
const HIGHEST_US = 600e6;

export class Histogram {
  /** Failed requests; slower than all others. */
  failed = 0;
  answered = 0;
  maxUs = 0;
  readonly counts: Uint32Array;
  private readonly lnRatio: number;
  private readonly lnAnchor: number;
  private readonly offset: number;

  /** @param width ratio of neighbouring edges less one: 0.02 is 2 % wide. */
  constructor(width: number, anchorUs: number) {
    this.lnRatio = Math.log1p(width);
    this.lnAnchor = Math.log(anchorUs);
    this.offset = Math.max(0, Math.ceil((this.lnAnchor - Math.log(LOWEST_US)) / this.lnRatio));
    this.counts = new Uint32Array(this.offset + Math.ceil((Math.log(HIGHEST_US) - this.lnAnchor) / this.lnRatio) + 1);
  }

  /** Adds an answered request; `lnUs` is the natural logarithm of `us`. */
  add(us: number, lnUs: number): void {
    const bin = Math.ceil((lnUs - this.lnAnchor) / this.lnRatio) + this.offset;
    const last = this.counts.length - 1;
    const at = bin < 0 ? 0 : bin > last ? last : bin;
    this.counts[at] = this.counts[at]! + 1;
    this.answered++;
    if (us > this.maxUs) this.maxUs = us;
  }

  get n(): number {
    return this.answered + this.failed;
  }

  /**
   * The q-quantile by nearest rank, ms, to within one bin. Null if it falls among failed requests, or without requests.
   */
  quantileMs(q: number): number | null {
    // The 1e-9 keeps 0.99 · 1000 from being rank 991.
    let left = Math.max(1, Math.ceil(q * this.n - 1e-9));
    if (left > this.answered) return null;
    for (let bin = 0; bin < this.counts.length; bin++) {
      const count = this.counts[bin]!;
      if (left <= count) {
        const us = Math.exp(this.lnAnchor + this.lnRatio * (bin - this.offset - 1 + left / count));
        return Math.min(us, this.maxUs) / 1000;
      }
      left -= count;
    }
    return this.maxUs / 1000;
  }

  /** For drawing: the bins from the first to the last that is not empty. */
  distribution(): Distribution {
    const from = this.counts.findIndex((count) => count > 0);
    const to = this.counts.findLastIndex((count) => count > 0);
    const edgesMs: number[] = [];
    const counts: number[] = [];
    for (let bin = from; from >= 0 && bin <= to; bin++) {
      edgesMs.push(round(Math.exp(this.lnAnchor + this.lnRatio * (bin - this.offset)) / 1000));
      counts.push(this.counts[bin]!);
    }
    return {
      n: this.n,
      bad: this.failed,
      p50: roundOrNull(this.quantileMs(0.5)),
      p90: roundOrNull(this.quantileMs(0.9)),
      p99: roundOrNull(this.quantileMs(0.99)),
      p999: roundOrNull(this.quantileMs(0.999)),
      max: this.failed > 0 || this.answered === 0 ? null : round(this.maxUs / 1000),
      edgesMs,
      counts,
    };
  }
}

/** To a microsecond: enough for milliseconds, short in files. */
export const round = (ms: number): number => Math.round(ms * 1000) / 1000;
export const roundOrNull = (ms: number | null): number | null => (ms === null ? null : round(ms));
