/**
 * Keeps a target's rate limit during a run. Requests on time need no permit, because the timetable keeps the limit by
 * itself (src/plan/spread.ts). Late requests, retries and redirects get a permit when a window has room.
 */
import type { RunPlan } from '../formats/plan.ts';
import { TIMETABLE_ROW_WORDS } from '../formats/timetable.ts';
import { controlOperation, requestsOf } from '../plan/operations.ts';
import { rateWindow } from '../plan/rate-window.ts';

/** A window is rounded up by one bin, so that small ones waste little of the limit. */
const BIN_MS = 20;

/** How far ahead room is searched for, ms. */
const AHEAD_MS = 60_000;

export class RateLimit {
  /** Requests by bin, planned and permitted. */
  private readonly count: Float64Array;
  private readonly maxRequests: number;
  /** Bins that a window can touch. */
  private readonly span: number;
  /** Bin of the last permit; there is rarely room before it. */
  private lastTaken = 0;

  /** `timetable` is timetable.bin; `endMs` is the last instant at which anything is sent, ms since T0. */
  constructor(plan: RunPlan, timetable: Uint8Array, maxRatePerSecond: number, endMs: number) {
    const { windowMs, maxRequests } = rateWindow(maxRatePerSecond);
    this.maxRequests = maxRequests;
    this.span = Math.ceil(windowMs / BIN_MS) + 1;
    this.count = new Float64Array(Math.ceil((endMs + AHEAD_MS + windowMs) / BIN_MS) + 1);
    const words = new Uint32Array(timetable.buffer, timetable.byteOffset, timetable.byteLength / 4);
    const control = controlOperation(plan.operations);
    const requests = plan.operations.map((_, o) => (o === control ? 0 : requestsOf(plan.operations, o).length));
    for (let at = 0; at < words.length; at += TIMETABLE_ROW_WORDS)
      this.count[this.bin(words[at]!)]! += requests[words[at + 1]! & 0xffff]!;
  }

  /**
   * Reserves the first room at or after `atMs` (since T0) and returns how long to wait for it, ms. A request that was
   * due at `dueMs` frees its planned slot. With `isNowOrNever` it returns -1 if there is no room at once.
   */
  take(atMs: number, dueMs: number | null, isNowOrNever: boolean): number {
    const own = dueMs === null ? -1 : this.bin(dueMs);
    if (own >= 0) this.count[own]! -= 1;
    const first = this.bin(atMs);
    const end = Math.min(this.count.length, first + AHEAD_MS / BIN_MS);
    for (let bin = first; bin < end; bin = Math.max(bin + 1, this.lastTaken - this.span)) {
      if (this.hasRoom(bin)) {
        this.count[bin]! += 1;
        if (bin > first) this.lastTaken = bin;
        return bin === first ? 0 : bin * BIN_MS - atMs;
      }
      if (isNowOrNever) break;
    }
    if (own >= 0) this.count[own]! += 1;
    return isNowOrNever ? -1 : AHEAD_MS;
  }

  /** Whether every window that contains the bin has room for one more. */
  private hasRoom(bin: number): boolean {
    let sum = 0;
    for (let at = bin - this.span + 1; at < bin + this.span; at += 1) {
      sum += this.count[at] ?? 0;
      if (at >= bin) {
        if (sum + 1 > this.maxRequests) return false;
        sum -= this.count[at - this.span + 1] ?? 0;
      }
    }
    return true;
  }

  private bin(ms: number): number {
    return Math.min(this.count.length - 1, Math.max(0, Math.floor(ms / BIN_MS)));
  }
}
