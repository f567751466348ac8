/** The rate limit of a target as a window: at most `maxRequests` in any span of `windowMs`. */
export interface RateWindow {
  windowMs: number;
  maxRequests: number;
}

/** A window of one second; for limits below one per second, the time of one request. */
export function rateWindow(maxRatePerSecond: number): RateWindow {
  const windowMs = Math.max(1000, Math.ceil(1000 / maxRatePerSecond));
  return { windowMs, maxRequests: Math.max(1, Math.floor((maxRatePerSecond * windowMs) / 1000)) };
}
