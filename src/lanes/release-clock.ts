/**
 * Runs callbacks at their due times, as precisely as Node's timers allow without spinning.
 *
 * The event loop sleeps for whole milliseconds and wakes a little late. To avoid always being late by 0 to 1 ms, the
 * sleep is rounded after subtracting the usual oversleep: releases are between EARLY_MS before and about as much after
 * the due time, without bias. Every packet that arrives is another chance to check the clock: what is due is released
 * and the alarm is set again.
 */
import { performance } from 'node:perf_hooks';
import { DueQueue } from './due-queue.ts';

/** Half of the event loop's resolution: what is due within it is released now, because a timer would be later still. */
export const EARLY_MS = 0.5;
/** How far one alarm moves the estimate of the median oversleep, and its maximum. */
const OVERSLEEP_STEP_MS = 0.01;
const MAX_OVERSLEEP_MS = 0.5;

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

  /** Releases in the order of due times, then of calls. What is already due is released now. */
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

  /** Tracks the median oversleep of alarms: each one moves it by a step in its direction. */
  #wake(): void {
    const overMs = this.now() - this.#alarmMs;
    const moved = this.#oversleepMs + (overMs > this.#oversleepMs ? OVERSLEEP_STEP_MS : -OVERSLEEP_STEP_MS);
    this.#oversleepMs = Math.min(MAX_OVERSLEEP_MS, Math.max(0, moved));
    this.#releaseDue();
  }
}
