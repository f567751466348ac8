/**
 * Instants that are read off the windows of the failover clock (reference/chaos-slo.md section 3.3). Windows are a
 * second wide and begin every 100 ms; "sustained" is eleven good ones in a row, two seconds from the first begin to the
 * last end. Instants are ends of requests, exact; which request it is, the windows decide.
 */
import { BIN_MS, type ClockBins, WINDOW_BINS, WINDOW_MS, type Windows } from './bins.ts';

/** Windows in a row that make a state sustained. */
export const SUSTAINED = 11;
/** Of the windows of a baseline, this share is at most as bad as what counts as "as before". */
const USUAL_QUANTILE = 0.99;
/** An answer from elsewhere begins a failover only if so many came in the second after it. */
const LEAST_AWAY = 2;

/** First and last window that lie within [fromMs, toMs]. */
export const windowsWithin = (windows: Windows, fromMs: number, toMs: number): { first: number; last: number } => ({
  first: Math.max(0, Math.ceil(fromMs / BIN_MS)),
  last: Math.min(windows.count - 1, Math.floor(toMs / BIN_MS) - WINDOW_BINS),
});

/** First window from `first` on with which a sustained run begins that ends by window `last`; null if none does. */
export function sustained(first: number, last: number, holds: (i: number) => boolean): number | null {
  let run = 0;
  for (let i = first; i <= last; i++) {
    run = holds(i) ? run + 1 : 0;
    if (run === SUSTAINED) return i - SUSTAINED + 1;
  }
  return null;
}

/**
 * When clients were well again, ms since T0, as the interval from the last bad request to the first good one after it:
 * behind the last bad window of [t0, t1] there must be a sustained run of good ones that ends by t1. A relapse
 * therefore counts as not yet recovered. Without a bad window nothing was to recover from: both are t0. Null if it did
 * not happen before t1.
 */
export function recovered(
  bins: ClockBins,
  windows: Windows,
  t0Ms: number,
  t1Ms: number,
): { fromMs: number; toMs: number } | null {
  const { last } = windowsWithin(windows, t0Ms, t1Ms);
  // From the bin that t0 stands in: what ended in it before t0 is little and good, what ended after is the impact.
  const first = Math.floor(t0Ms / BIN_MS);
  let lastBad = -1;
  for (let i = last; i >= first && lastBad < 0; i--) if (windows.isBad(i)) lastBad = i;
  const run = sustained(lastBad < 0 ? first : lastBad + 1, last, (i) => windows.isGood(i));
  if (run === null) return null;
  if (lastBad < 0) return { fromMs: t0Ms, toMs: t0Ms };
  // Requests that hung had not failed yet, and were not served either: what they say holds until the window's end.
  const hungUntilMs = windows.isBadByEnds(lastBad) ? -Infinity : lastBad * BIN_MS + WINDOW_MS;
  const fromMs = Math.max(bins.lastBadMs(lastBad), hungUntilMs);
  return { fromMs, toMs: bins.firstGoodMs(fromMs) };
}

/**
 * End of the first request that another region answered well and that began a failover, in [t0, t1]. Stray ones do not:
 * there must be more in the second after it than the baseline usually has (`usualAway`).
 */
export function detected(
  bins: ClockBins,
  windows: Windows,
  t0Ms: number,
  t1Ms: number,
  usualAway: number,
): number | null {
  for (let i = Math.max(0, Math.floor(t0Ms / BIN_MS)); i < windows.count && i * BIN_MS < t1Ms; i++) {
    const atMs = bins.firstAwayMs(i);
    if (atMs < t0Ms || atMs > t1Ms) continue;
    if (windows.away(i) >= LEAST_AWAY && windows.away(i) > usualAway) return atMs;
  }
  return null;
}

/**
 * When the share answered well elsewhere reached `share`, ms since T0, in [t0, t1]. A window reaches it once that share
 * of it lies behind a sudden switch, so the instant is the window's begin plus the rest.
 */
export function reachedElsewhere(windows: Windows, share: number, t0Ms: number, t1Ms: number): number | null {
  const { first, last } = windowsWithin(windows, t0Ms, t1Ms);
  for (let i = first; i <= last; i++) {
    if ((windows.awayShare(i) ?? 0) < share || !windows.isJudged(i)) continue;
    return i * BIN_MS + (1 - share) * WINDOW_MS;
  }
  return null;
}

/** What the windows of a baseline were like. */
export interface Usual {
  homeShare: number;
  /** Shares that 99 % of its windows did not exceed. */
  badShare: number;
  slowShare: number;
  /** And the number served elsewhere. */
  away: number;
}

/** Null where [fromMs, toMs] has too few windows to say what is usual. */
export function usual(windows: Windows, fromMs: number, toMs: number): Usual | null {
  const { first, last } = windowsWithin(windows, fromMs, toMs);
  const judged: number[] = [];
  for (let i = first; i <= last; i++) if (windows.isJudged(i)) judged.push(i);
  const homeShare = windows.homeShareOver(judged);
  if (judged.length < SUSTAINED || homeShare === null) return null;
  const most = (share: (i: number) => number | null): number => {
    const sorted = Float64Array.from(judged, (i) => share(i) ?? 0).sort();
    return sorted[Math.ceil(USUAL_QUANTILE * sorted.length) - 1]!;
  };
  return {
    homeShare,
    badShare: most((i) => windows.badShare(i)),
    slowShare: most((i) => windows.slowShare(i)),
    away: most((i) => windows.away(i)),
  };
}
