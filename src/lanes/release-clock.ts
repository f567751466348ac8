/**
 * Runs things at their due times, as near as Node's timers allow without spinning.
 *
 * The event loop sleeps for whole milliseconds from the moment it goes to sleep. So instead of always waking late (by
 * 0 to 1 ms), it sleeps for the nearest whole number: released between EARLY_MS before and about as much after the due
 * time, with no bias. Each look at the clock (any packet that arrives) releases what is due and sets the alarm anew.
 */
import { performance } from 'node:perf_hooks';
import { DueQueue } from './due-queue.ts';

/** Half of the event loop's resolution: what is due within it is released now, as waiting would make it later still. */
export const EARLY_MS = 0.5;

export class ReleaseClock {
  readonly #queue = new DueQueue<() => void>();
  #alarm: NodeJS.Timeout | undefined;
  #releasing = false;

  /** Milliseconds, fractional, monotonic: the clock of every due time. */
  now(): number {
    return performance.now();
  }

  /** Releases in the order of due times; equal ones in the order of the calls. What is due already is released now. */
  at(dueMs: number, release: () => void): void {
    this.#queue.push(dueMs, release);
    if (!this.#releasing) this.#releaseDue();
  }

  #releaseDue(): void {
    this.#releasing = true;
    let nowMs = this.now();
    for (let release; (release = this.#queue.takeDue(nowMs + EARLY_MS)) !== undefined; nowMs = this.now()) release();
    this.#releasing = false;
    clearTimeout(this.#alarm);
    const nextMs = this.#queue.nextDueMs;
    if (nextMs !== Infinity) this.#alarm = setTimeout(() => this.#releaseDue(), Math.round(nextMs - nowMs));
  }
}
