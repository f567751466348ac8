/** Interval between two comparisons of wall and monotonic clock. */
const PERIOD_MS = 1_000;

/** A difference under this is the noise of the comparison. A slew by NTP (at most 0.5 ms/s) stays below it. */
const NOISE_MS = 1;

/** Two reads further apart than this were interrupted by the scheduler and are discarded. */
const TORN_MS = 0.1;
const MAX_ATTEMPTS = 20;

/**
 * Wall clock minus monotonic clock, ms, to about 0.1 ms; null when the machine is too busy to measure it. Date.now()
 * counts whole milliseconds, so it is read at the edge of one.
 */
function clockOffset(): number | null {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const wallBefore = Date.now();
    let before = performance.now();
    let wall = Date.now();
    while (wall === wallBefore) {
      before = performance.now();
      wall = Date.now();
    }
    const after = performance.now();
    if (after - before < TORN_MS) return wall - after;
  }
  return null;
}

/** Compares the clocks every second and reports each step, ms: positive when the wall clock jumped ahead. */
export function watchClock(onStep: (stepMs: number) => void, periodMs = PERIOD_MS): { stop(): void } {
  let last = clockOffset();
  const timer = setInterval(() => {
    const now = clockOffset();
    if (now === null) return;
    const step = last === null ? 0 : now - last;
    last = now;
    if (Math.abs(step) > NOISE_MS) onStep(step);
  }, periodMs);
  return { stop: () => clearInterval(timer) };
}
