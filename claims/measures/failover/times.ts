/**
 * Times derived from the windows of the failover clock (reference/chaos-slo.md section 3.3). Windows are a second wide
 * and start every 100 ms. "Sustained" means eleven good windows in a row: two seconds from the first start to the last
 * end. The windows select a request; the time is its exact end.
 */
import { BIN_MS, type ClockBins, WINDOW_BINS, WINDOW_MS, type Windows } from './bins.ts';

/** Consecutive windows that make a state sustained. */
export const SUSTAINED = 11;
/** "Back to baseline" means no worse than this quantile of the baseline's windows. */
const USUAL_QUANTILE = 0.99;
/** A response from elsewhere starts a failover only if so many came in the second after it. */
const MIN_AWAY = 2;

/** First and last window that lie within [fromMs, toMs]. */
export const windowsWithin = (windows: Windows, fromMs: number, toMs: number): { first: number; last: number } => ({
  first: Math.max(0, Math.ceil(fromMs / BIN_MS)),
  last: Math.min(windows.count - 1, Math.floor(toMs / BIN_MS) - WINDOW_BINS),
});

/** First window of a sustained run within [first, last]; null if there is none. */
export function sustained(first: number, last: number, holds: (i: number) => boolean): number | null {
  let run = 0;
  for (let i = first; i <= last; i++) {
    run = holds(i) ? run + 1 : 0;
    if (run === SUSTAINED) return i - SUSTAINED + 1;
  }
  return null;
}

/**
 * When clients recovered, ms since T0: the interval from the last bad request to the first good one after it. After the
 * last bad window in [t0, t1] there must be a sustained run of good windows before t1, so a relapse counts as not yet
 * recovered. Both ends are t0 if no window was bad. Null if clients did not recover before t1.
 */
export function recovered(
  bins: ClockBins,
  windows: Windows,
  t0Ms: number,
  t1Ms: number,
): { fromMs: number; toMs: number } | null {
  const { last } = windowsWithin(windows, t0Ms, t1Ms);
  // From the bin that contains t0: the few requests that ended in it before t0 are good.
  const first = Math.floor(t0Ms / BIN_MS);
  let lastBad = -1;
  for (let i = last; i >= first && lastBad < 0; i--) if (windows.isBad(i)) lastBad = i;
  const run = sustained(lastBad < 0 ? first : lastBad + 1, last, (i) => windows.isGood(i));
  if (run === null) return null;
  if (lastBad < 0) return { fromMs: t0Ms, toMs: t0Ms };
  // Hanging requests have not failed, but were not served either: the window is bad until its end.
  const hungUntilMs = windows.isBadByEnds(lastBad) ? -Infinity : lastBad * BIN_MS + WINDOW_MS;
  const fromMs = Math.max(bins.lastBadMs(lastBad), hungUntilMs);
  return { fromMs, toMs: bins.firstGoodMs(fromMs) };
}

/**
 * End of the first request in [t0, t1] that another region served well and that started a failover: the second after it
 * must have more such requests than is usual in the baseline (`usualAway`).
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
    if (windows.away(i) >= MIN_AWAY && windows.away(i) > usualAway) return atMs;
  }
  return null;
}

/**
 * When the share served well elsewhere reached `share`, ms since T0, in [t0, t1]. After a sudden switch a window
 * reaches it when that share of the window lies behind the switch, so the time is the window's start plus the rest.
 */
export function reachedElsewhere(windows: Windows, share: number, t0Ms: number, t1Ms: number): number | null {
  const { first, last } = windowsWithin(windows, t0Ms, t1Ms);
  for (let i = first; i <= last; i++) {
    if ((windows.awayShare(i) ?? 0) < share || !windows.isJudged(i)) continue;
    return i * BIN_MS + (1 - share) * WINDOW_MS;
  }
  return null;
}

/** The windows of a baseline in figures. */
export interface Usual {
  homeShare: number;
  /** Shares that 99 % of the windows do not exceed. */
  badShare: number;
  slowShare: number;
  /** The same for the number served elsewhere. */
  away: number;
}

/** Null if [fromMs, toMs] has too few windows. */
export function usual(windows: Windows, fromMs: number, toMs: number): Usual | null {
  const { first, last } = windowsWithin(windows, fromMs, toMs);
  const judged: number[] = [];
  for (let i = first; i <= last; i++) if (windows.isJudged(i)) judged.push(i);
  const homeShare = windows.homeShareOver(judged);
  if (judged.length < SUSTAINED || homeShare === null) return null;
  const quantile = (share: (i: number) => number | null): number => {
    const sorted = Float64Array.from(judged, (i) => share(i) ?? 0).sort();
    return sorted[Math.ceil(USUAL_QUANTILE * sorted.length) - 1]!;
  };
  return {
    homeShare,
    badShare: quantile((i) => windows.badShare(i)),
    slowShare: quantile((i) => windows.slowShare(i)),
    away: quantile((i) => windows.away(i)),
  };
}
