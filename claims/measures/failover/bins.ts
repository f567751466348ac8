/**
 * Requests of a group of clients for the failover clock: by the time they ended, in bins of 100 ms over the whole run,
 * and in one-second windows over those bins. Rows may come in any order; nothing is kept per row.
 *
 * A request counts as bad in every window that it hangs through (started before, not ended within), whatever its
 * outcome. Otherwise a black hole would look empty until the first timeout, and requests that still hung when the fault
 * was reverted would not show.
 */
export const BIN_MS = 100;
/** One second. */
export const WINDOW_BINS = 10;
export const WINDOW_MS = BIN_MS * WINDOW_BINS;
/** A window with fewer requests is not judged. Half of what one clock client (10 a second) sends in it. */
export const MIN_ROWS = 5;
/** A window is bad if more than this share is, and more than one request: a single failure happens without a fault. */
const MAX_BAD_SHARE = 0.05;
const MIN_BAD = 2;

/** One request, as the clock sees it; ms since T0. */
export interface Ended {
  beginMs: number;
  endMs: number;
  bad: boolean;
  /** Served well by another region than home. */
  away: boolean;
  /** Served well by the home region. */
  home: boolean;
  /** Failed, or over the headline limit. */
  slow: boolean;
  /** In flight when a fault took effect: its good end is no recovery. */
  wasInFlight: boolean;
}

export class ClockBins {
  private readonly bins: number;
  private readonly ended: Float64Array;
  private readonly bad: Float64Array;
  private readonly away: Float64Array;
  private readonly home: Float64Array;
  private readonly slow: Float64Array;
  /** Change in the number of hanging requests from one window to the next. */
  private readonly hanging: Float64Array;
  /** Exact times by bin: first and last end of a good request, last end of a bad one, first end of one served away. */
  private readonly firstGood: Float64Array;
  private readonly lastGood: Float64Array;
  private readonly lastBad: Float64Array;
  private readonly firstAway: Float64Array;

  /** @param endMs later ends count in the last bin. */
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

  add({ beginMs, endMs, bad, away, home, slow, wasInFlight }: Ended): void {
    const bin = Math.min(this.bins - 1, Math.max(0, Math.floor(endMs / BIN_MS)));
    this.ended[bin]!++;
    if (bad) {
      this.bad[bin]!++;
      if (endMs > this.lastBad[bin]!) this.lastBad[bin] = endMs;
    } else if (!wasInFlight) {
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

  /** All windows; window i starts at i x 100 ms. */
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
   * End of the first good request at or after `fromMs` (within a bin: of its last one) that was not in flight when a
   * fault took effect; Infinity if there is none.
   */
  firstGoodMs(fromMs: number): number {
    const from = Math.max(0, Math.floor(fromMs / BIN_MS));
    for (let bin = from; bin < this.bins; bin++) {
      if (this.firstGood[bin]! >= fromMs && this.firstGood[bin]! < Infinity) return this.firstGood[bin]!;
      if (this.lastGood[bin]! >= fromMs) return this.lastGood[bin]!;
    }
    return Infinity;
  }

  /** End of the first request served elsewhere in the first bin of window i; Infinity if none was. */
  firstAwayMs(i: number): number {
    return this.firstAway[i]!;
  }
}

/** Cumulative sums with a leading 0. */
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

  /** Null for a window without requests, as for all shares. */
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

  /** Bad by the requests that ended in it alone, so there is a last bad request. */
  isBadByEnds(i: number): boolean {
    return this.tooMany(i, this.of('bad', i));
  }

  isGood(i: number): boolean {
    return this.isJudged(i) && !this.isBad(i);
  }

  /** Whether the window has enough requests to be judged. */
  isJudged(i: number): boolean {
    return this.n(i) >= MIN_ROWS;
  }

  /** Home share over these windows; null without requests. */
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
    return n >= MIN_ROWS && bad >= MIN_BAD && bad > MAX_BAD_SHARE * n;
  }

  private share(i: number, part: number): number | null {
    const n = this.n(i);
    return n === 0 ? null : part / n;
  }
}
