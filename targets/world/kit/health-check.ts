/** Health checks as Route 53 makes them: a fresh connection each, and several in a row before a state changes. */
import { request } from 'node:http';

/** How often something is looked at, and how many looks in a row it takes to change one's mind. */
export interface CheckRhythm {
  intervalMs: number;
  /** Less than the interval: a check is over before the next begins. */
  timeoutMs: number;
  /** Failures in a row until it counts as down, and successes in a row until it counts as up again. */
  threshold: number;
  successes: number;
}

/** Route 53's own (30 s, three in a row, an answer within 4 s), and a fast one for runs of a minute. */
export const RHYTHMS: Readonly<Record<'fast' | 'real', CheckRhythm>> = {
  fast: { intervalMs: 1_000, timeoutMs: 800, threshold: 3, successes: 2 },
  real: { intervalMs: 30_000, timeoutMs: 4_000, threshold: 3, successes: 3 },
};

/** Takes what each look found; says `down` or `up` when that changes the state, else null. Starts up. */
export function healthOf({
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

/** Whether `GET /health` on that port of 127.0.0.1 answers 200 within the time. Never rejects. */
export function isHealthy(port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    // No agent: each check has a connection of its own, as a new client would.
    const asked = request({ host: '127.0.0.1', port, path: '/health', agent: false }, (answer) => {
      answer.resume();
      answer.on('error', () => done(false));
      answer.on('end', () => done(answer.statusCode === 200));
    });
    const timer = inTime(timeoutMs, () => done(false));
    function done(ok: boolean): void {
      timer.cancel();
      asked.destroy();
      resolve(ok);
    }
    asked.on('error', () => done(false)).end();
  });
}

/**
 * Calls `late` after that time, unless cancelled. A process that was held up finds its timers due before it has read
 * what came in meanwhile: it reads first, then it is late.
 */
export function inTime(ms: number, late: () => void): { cancel: () => void } {
  let isOver = false;
  const timer = setTimeout(() => setImmediate(() => isOver || late()), ms);
  return {
    cancel() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

/** Calls `look` at once and every `everyMs` from then on, but not while the last one is still under way. */
export function again(everyMs: number, look: () => Promise<void>): { stop: () => void } {
  let isBusy = false;
  const once = (): void => {
    if (isBusy) return;
    isBusy = true;
    void look()
      .catch(() => {})
      .finally(() => (isBusy = false));
  };
  once();
  const timer = setInterval(once, everyMs);
  return { stop: () => clearInterval(timer) };
}
