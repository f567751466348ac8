/** Health checks as in Route 53: a new connection each, and several equal results in a row before the state changes. */
import { request } from 'node:http';

/** How often a check runs, and how many equal results in a row change the state. */
export interface CheckRhythm {
  intervalMs: number;
  /** Less than the interval: a check ends before the next one begins. */
  timeoutMs: number;
  /** Failures in a row that change the state to down, and successes in a row that change it back to up. */
  threshold: number;
  successes: number;
}

/** `real` as in Route 53 (every 30 s, three in a row, a response within 4 s), and `fast` for runs of a minute. */
export const RHYTHMS: Readonly<Record<'fast' | 'real', CheckRhythm>> = {
  fast: { intervalMs: 1_000, timeoutMs: 800, threshold: 3, successes: 2 },
  real: { intervalMs: 30_000, timeoutMs: 4_000, threshold: 3, successes: 3 },
};

/** Takes the result of each check; returns `down` or `up` if it changes the state, else null. Starts as up. */
export function healthTracker({
  threshold,
  successes,
}: Pick<CheckRhythm, 'threshold' | 'successes'>): (ok: boolean) => 'down' | 'up' | null {
  let isUp = true;
  let against = 0;
  return (ok) => {
    against = ok === isUp ? 0 : against + 1;
    if (against < (isUp ? threshold : successes)) return null;
    against = 0;
    isUp = !isUp;
    return isUp ? 'up' : 'down';
  };
}

/** Whether `GET /health` on this port of 127.0.0.1 returns 200 in time. Never rejects. */
export function isHealthy(port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    // No agent: each check opens a connection, as a new client would.
    const sent = request({ host: '127.0.0.1', port, path: '/health', agent: false }, (response) => {
      response.resume();
      response.on('error', () => done(false));
      response.on('end', () => done(response.statusCode === 200));
    });
    const timer = setDeadline(timeoutMs, () => done(false));
    function done(ok: boolean): void {
      timer.cancel();
      sent.destroy();
      resolve(ok);
    }
    sent.on('error', () => done(false)).end();
  });
}

/**
 * Calls `late` after this time, unless cancelled. After a stall of this process, timers fire before pending input is
 * read; `late` waits for the input to be read first.
 */
export function setDeadline(ms: number, late: () => void): { cancel: () => void } {
  let isOver = false;
  const timer = setTimeout(() => setImmediate(() => isOver || late()), ms);
  return {
    cancel() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

/** Calls `act` now and then every `everyMs`; skips a call while the previous one is pending. Ignores rejections. */
export function repeat(everyMs: number, act: () => Promise<void>): { stop: () => void } {
  let isBusy = false;
  const once = (): void => {
    if (isBusy) return;
    isBusy = true;
    void act()
      .catch(() => {})
      .finally(() => (isBusy = false));
  };
  once();
  const timer = setInterval(once, everyMs);
  return { stop: () => clearInterval(timer) };
}
