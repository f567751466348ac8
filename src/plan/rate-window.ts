/** The limit of a target on requests, as a window: at most so many in any span of so many ms. */
export interface RateWindow {
  windowMs: number;
  most: number;
}

/** A second, or for limits below one a second the time of one request. */
export function rateWindow(maxRatePerSecond: number): RateWindow {
  const windowMs = Math.max(1000, Math.ceil(1000 / maxRatePerSecond));
  return { windowMs, most: Math.max(1, Math.floor((maxRatePerSecond * windowMs) / 1000)) };
}
