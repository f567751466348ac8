/**
 * Keeps a target's limit on requests while a run lasts. What the timetable holds leaves without asking, since it keeps
 * the limit by itself (src/plan/spread.ts). Whatever comes besides, or late, gets a permit where a second has room.
 */
import type { RunPlan } from '../formats/plan.ts';
import { TIMETABLE_ROW_WORDS } from '../formats/timetable.ts';
import { controlOperation, requestsOf } from '../plan/operations.ts';
import { rateWindow } from '../plan/rate-window.ts';

/** A window is rounded up by one bin, so that small ones waste little of the limit. */
const BIN_MS = 20;

/** How far ahead a place is looked for, ms; who finds none may ask again then. */
const AHEAD_MS = 60_000;

export class RateLimit {
  /** Requests by bin: planned, and permitted besides. */
  private readonly count: Float64Array;
  private readonly most: number;
  /** Bins that a window can touch. */
  private readonly span: number;
  /** Where the last place was found: before it there is hardly one. */
  private lastTaken = 0;

  /** `timetable` is timetable.bin; `endMs` the last instant at which anything is sent, since T0. */
  constructor(plan: RunPlan, timetable: Uint8Array, maxRatePerSecond: number, endMs: number) {
    const { windowMs, most } = rateWindow(maxRatePerSecond);
    this.most = most;
    this.span = Math.ceil(windowMs / BIN_MS) + 1;
    this.count = new Float64Array(Math.ceil((endMs + AHEAD_MS + windowMs) / BIN_MS) + 1);
    const words = new Uint32Array(timetable.buffer, timetable.byteOffset, timetable.byteLength / 4);
    const control = controlOperation(plan.operations);
    const requests = plan.operations.map((_, o) => (o === control ? 0 : requestsOf(plan.operations, o).length));
    for (let at = 0; at < words.length; at += TIMETABLE_ROW_WORDS)
      this.count[this.bin(words[at]!)]! += requests[words[at + 1]! & 0xffff]!;
  }

  /**
   * Takes the first place at or after `atMs` (since T0) and returns how long to wait for it, ms. A request that was due
   * at `dueMs` gives its own place back. With `isNowOrNever` a place that is not at once is not taken, and -1 returned.
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

  /** Whether every window that holds the bin has room for one more. */
  private hasRoom(bin: number): boolean {
    let sum = 0;
    for (let at = bin - this.span + 1; at < bin + this.span; at += 1) {
      sum += this.count[at] ?? 0;
      if (at >= bin) {
        if (sum + 1 > this.most) return false;
        sum -= this.count[at - this.span + 1] ?? 0;
      }
    }
    return true;
  }

  private bin(ms: number): number {
    return Math.min(this.count.length - 1, Math.max(0, Math.floor(ms / BIN_MS)));
  }
}
