/**
 * Runs things at their due times, as near as Node's timers allow without spinning.
 *
 * The event loop sleeps for whole milliseconds from the moment it goes to sleep, and wakes a little later than that. So
 * instead of always waking late, by 0 to 1 ms, it sleeps for the whole number that is nearest after what it usually
 * oversleeps: releases fall between EARLY_MS before and about as much after the due time, without bias. Every packet
 * that arrives is another look at the clock: what is due is released and the alarm set anew.
 */
import { performance } from 'node:perf_hooks';
import { DueQueue } from './due-queue.ts';

/** Half of the event loop's resolution: what is due within it is released now, as waiting would make it later still. */
export const EARLY_MS = 0.5;
/** How far one alarm moves the estimate of the median oversleep, and how far that may go. */
const OVERSLEEP_STEP_MS = 0.01;
const OVERSLEEP_MOST_MS = 0.5;

export class ReleaseClock {
  readonly #queue = new DueQueue<() => void>();
  #alarm: NodeJS.Timeout | undefined;
  #alarmMs = 0;
  #oversleepMs = 0;
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
    const waitMs = this.#queue.nextDueMs - nowMs;
    if (waitMs === Infinity) return;
    const sleepMs = Math.max(1, Math.round(waitMs - this.#oversleepMs));
    this.#alarmMs = nowMs + sleepMs;
    this.#alarm = setTimeout(() => this.#wake(), sleepMs);
  }

  /** Follows the median of what alarms oversleep: each one moves it by a step to its side. */
  #wake(): void {
    const overMs = this.now() - this.#alarmMs;
    const moved = this.#oversleepMs + (overMs > this.#oversleepMs ? OVERSLEEP_STEP_MS : -OVERSLEEP_STEP_MS);
    this.#oversleepMs = Math.min(OVERSLEEP_MOST_MS, Math.max(0, moved));
    this.#releaseDue();
  }
}
