/**
 * The failover clock's view of some clients: requests by the instant they ended, in bins of 100 ms over the whole run,
 * and windows of a second over those bins. Rows may come in any order; nothing is kept per row.
 *
 * A request that has not ended is not silent: in a window that it hangs through from end to end (begun before, not
 * ended within) it counts as bad, whatever becomes of it later. Without that, a black hole would look empty until the
 * first time-out, and what hung when the fault was undone would never have been seen.
 */
export const BIN_MS = 100;
/** A window is a second. */
export const WINDOW_BINS = 10;
export const WINDOW_MS = BIN_MS * WINDOW_BINS;
/** A window with fewer requests says nothing. Half of what one clock client (10 a second) puts into it. */
export const LEAST_ROWS = 5;
/** A window is bad when more than this share of it is, and not by one request alone: that happens without a fault. */
const MOST_BAD_SHARE = 0.05;
const LEAST_BAD = 2;

/** One request, as the clock sees it; ms since T0. */
export interface Ended {
  beginMs: number;
  endMs: number;
  bad: boolean;
  /** Answered well by another region than home. */
  away: boolean;
  /** Answered well at home. */
  home: boolean;
  /** Not answered well within the headline limit. */
  slow: boolean;
  /** Under way when a fault bit: that it ended well is no recovery. */
  wasUnderWay: boolean;
}

export class ClockBins {
  private readonly bins: number;
  private readonly ended: Float64Array;
  private readonly bad: Float64Array;
  private readonly away: Float64Array;
  private readonly home: Float64Array;
  private readonly slow: Float64Array;
  /** Change, from one window to the next, of the number of requests that hang through it. */
  private readonly hanging: Float64Array;
  /** Exact instants by bin: of good requests the first and the last end, of bad ones the last, away the first. */
  private readonly firstGood: Float64Array;
  private readonly lastGood: Float64Array;
  private readonly lastBad: Float64Array;
  private readonly firstAway: Float64Array;

  /** @param endMs latest end that is told apart; later ones count in the last bin. */
  constructor(endMs: number) {
    this.bins = Math.ceil(Math.max(0, endMs) / BIN_MS) + WINDOW_BINS + 1;
    const zeros = (): Float64Array => new Float64Array(this.bins);
    [this.ended, this.bad, this.away, this.home, this.slow] = [zeros(), zeros(), zeros(), zeros(), zeros()];
    this.hanging = new Float64Array(this.bins + 1);
    this.firstGood = zeros().fill(Infinity);
    this.lastGood = zeros().fill(-Infinity);
    this.lastBad = zeros().fill(-Infinity);
    this.firstAway = zeros().fill(Infinity);
  }

  add({ beginMs, endMs, bad, away, home, slow, wasUnderWay }: Ended): void {
    const bin = Math.min(this.bins - 1, Math.max(0, Math.floor(endMs / BIN_MS)));
    this.ended[bin]!++;
    if (bad) {
      this.bad[bin]!++;
      if (endMs > this.lastBad[bin]!) this.lastBad[bin] = endMs;
    } else if (!wasUnderWay) {
      if (endMs < this.firstGood[bin]!) this.firstGood[bin] = endMs;
      if (endMs > this.lastGood[bin]!) this.lastGood[bin] = endMs;
    }
    if (home) this.home[bin]!++;
    if (slow) this.slow[bin]!++;
    if (away) {
      this.away[bin]!++;
      if (endMs < this.firstAway[bin]!) this.firstAway[bin] = endMs;
    }
    const from = Math.max(0, Math.ceil(beginMs / BIN_MS));
    const to = bin - WINDOW_BINS;
    if (to < from) return;
    this.hanging[from]!++;
    this.hanging[to + 1]!--;
  }

  /** All windows, window i beginning at i x 100 ms. */
  windows(): Windows {
    return new Windows(this.bins - WINDOW_BINS, {
      ended: sums(this.ended),
      bad: sums(this.bad),
      away: sums(this.away),
      home: sums(this.home),
      slow: sums(this.slow),
      hanging: sums(this.hanging),
    });
  }

  /** End of the last bad request in window i; -Infinity if none ended in it. */
  lastBadMs(i: number): number {
    return this.lastBad.subarray(i, i + WINDOW_BINS).reduce((a, b) => Math.max(a, b), -Infinity);
  }

  /**
   * End of the first good request at or after `fromMs` (within a bin, of its last one) that was not under way when a
   * fault bit; Infinity if there is none.
   */
  firstGoodMs(fromMs: number): number {
    const from = Math.max(0, Math.floor(fromMs / BIN_MS));
    for (let bin = from; bin < this.bins; bin++) {
      if (this.firstGood[bin]! >= fromMs && this.firstGood[bin]! < Infinity) return this.firstGood[bin]!;
      if (this.lastGood[bin]! >= fromMs) return this.lastGood[bin]!;
    }
    return Infinity;
  }

  /** End of the first request answered elsewhere in the first bin of window i; Infinity if none was. */
  firstAwayMs(i: number): number {
    return this.firstAway[i]!;
  }
}

/** Running sums with a leading 0. */
function sums(counts: Float64Array): Float64Array {
  const out = new Float64Array(counts.length + 1);
  for (let i = 0; i < counts.length; i++) out[i + 1] = out[i]! + counts[i]!;
  return out;
}

interface Sums {
  ended: Float64Array;
  bad: Float64Array;
  away: Float64Array;
  home: Float64Array;
  slow: Float64Array;
  hanging: Float64Array;
}

export class Windows {
  readonly count: number;
  private readonly sums: Sums;

  constructor(count: number, all: Sums) {
    this.count = count;
    this.sums = all;
  }

  private of(what: Exclude<keyof Sums, 'hanging'>, i: number): number {
    return this.sums[what][i + WINDOW_BINS]! - this.sums[what][i]!;
  }

  private hangingIn(i: number): number {
    return this.sums.hanging[i + 1]!;
  }

  /** Requests that ended in window i or hung through it. */
  n(i: number): number {
    return this.of('ended', i) + this.hangingIn(i);
  }

  /** Shares of them; null for a window without any. */
  badShare(i: number): number | null {
    return this.share(i, this.of('bad', i) + this.hangingIn(i));
  }

  slowShare(i: number): number | null {
    return this.share(i, this.of('slow', i) + this.hangingIn(i));
  }

  awayShare(i: number): number | null {
    return this.share(i, this.of('away', i));
  }

  homeShare(i: number): number | null {
    return this.share(i, this.of('home', i));
  }

  away(i: number): number {
    return this.of('away', i);
  }

  isBad(i: number): boolean {
    return this.tooMany(i, this.of('bad', i) + this.hangingIn(i));
  }

  /** Bad by what ended in it alone, so that there is a last bad request. */
  isBadByEnds(i: number): boolean {
    return this.tooMany(i, this.of('bad', i));
  }

  isGood(i: number): boolean {
    return this.isJudged(i) && !this.isBad(i);
  }

  /** Whether the window holds enough to say anything. */
  isJudged(i: number): boolean {
    return this.n(i) >= LEAST_ROWS;
  }

  /** Share of home over many windows together; null if they hold nothing. */
  homeShareOver(of: number[]): number | null {
    let [n, home] = [0, 0];
    for (const i of of) {
      n += this.n(i);
      home += this.of('home', i);
    }
    return n === 0 ? null : home / n;
  }

  private tooMany(i: number, bad: number): boolean {
    const n = this.n(i);
    return n >= LEAST_ROWS && bad >= LEAST_BAD && bad > MOST_BAD_SHARE * n;
  }

  private share(i: number, part: number): number | null {
    const n = this.n(i);
    return n === 0 ? null : part / n;
  }
}
