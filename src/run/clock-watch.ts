/** How often wall and monotonic clock are compared. */
const PERIOD_MS = 1_000;

/** A step under this is the rounding of two clock reads, not a step. */
const NOISE_MS = 0.5;

/**
 * Compares wall clock and monotonic clock each second and tells every step, in ms, positive when the wall clock jumped
 * ahead. A slow drift (NTP slewing stays below 0.5 ms/s) is followed, not reported.
 */
export function watchClock(onStep: (stepMs: number) => void): { stop(): void } {
  // performance.timeOrigin is fixed; performance.now() is monotonic with sub-millisecond resolution.
  const offset = (): number => {
    // Date.now() counts whole milliseconds: read at the edge of one, so that the difference is exact.
    const started = Date.now();
    let wall = started;
    while (wall === started) wall = Date.now();
    return wall - performance.now();
  };
  let last = offset();
  const timer = setInterval(() => {
    const now = offset();
    const step = now - last;
    last = now;
    if (Math.abs(step) > NOISE_MS) onStep(step);
  }, PERIOD_MS);
  return { stop: () => clearInterval(timer) };
}
