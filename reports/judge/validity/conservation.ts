/**
 * Conservation of requests: every planned row must be in the recording exactly once, or be explained by a run that was
 * cut short. Counted by timetable row, on the first step of the first attempt.
 */
import type { Conservation } from '../../run-result.ts';
import { TIMETABLE_ROW_WORDS } from '../../../src/formats/timetable.ts';
import { type JudgedRow, ROLE } from '../../../claims/row.ts';
import type { RunFiles } from '../rows/run-files.ts';

/** From the stop request to the last flush of a client that stops at once. */
const STOP_MARGIN_MS = 2000;

export class ConservationCount {
  /** Mix rows by origin x operation of the timetable: recorded, or explained by the stop. */
  private readonly recordedMix: Float64Array;
  private readonly seen: Uint8Array;
  /** By client: last recorded row, and when it ended, ms since T0. */
  private readonly lastRow: Int32Array;
  private readonly lastEndMs: Float64Array;
  private readonly files: RunFiles;
  private recorded = 0;
  private interrupted = 0;
  private duplicates = 0;
  private unknown = 0;

  constructor(files: RunFiles) {
    this.files = files;
    this.seen = new Uint8Array(Math.ceil(files.index.totalRows / 8));
    this.lastRow = new Int32Array(files.index.clients.firstRow.length).fill(-1);
    this.lastEndMs = new Float64Array(this.lastRow.length);
    this.recordedMix = new Float64Array(files.plan.origins.length * files.plan.operations.length);
  }

  addUnknown(): void {
    this.unknown++;
  }

  /** Takes a row that is in plan and timetable. */
  add(c: JudgedRow): void {
    const { row } = c.row;
    this.lastEndMs[c.client] = c.row.startMs + (c.row.resolveUs + c.row.totalUs) / 1000;
    if (row > this.lastRow[c.client]!) this.lastRow[c.client] = row;
    if (!c.first) return;
    if (this.has(row)) {
      this.duplicates++;
      return;
    }
    this.seen[row >>> 3]! |= 1 << (row & 7);
    if (c.interrupted) this.interrupted++;
    else this.recorded++;
    if (c.role === ROLE.mix) this.countMix(c.origin, row);
  }

  /**
   * Accounts for rows that were not recorded. A row after the last recorded one of its client is explained if the run
   * was cut short at `cutMs`: it was due later, or it was in flight or queued behind the one in flight, which must have
   * started within a timeout of the cut. Every other row is missing.
   */
  finish(cutMs: number): Conservation {
    const { index, plan, timetable } = this.files;
    const dueMs = (row: number): number => timetable[row * TIMETABLE_ROW_WORDS]!;
    const longestMs = Math.max(
      ...plan.operations.map((o) => o.steps.reduce((sum, step) => sum + plan.operations[step]!.timeoutMs, o.timeoutMs)),
    );
    let notYetDue = 0;
    let missing = 0;
    let lost = 0;
    for (const [client, first] of index.clients.firstRow.entries()) {
      const end = first + index.clients.rows[client]!;
      const last = this.lastRow[client]!;
      for (let row = first; row < last; row++) if (!this.has(row)) missing++;
      const next = Math.max(last + 1, first);
      if (next >= end) continue;
      const stopped = Math.max(dueMs(next), this.lastEndMs[client]!) >= cutMs - longestMs - STOP_MARGIN_MS;
      for (let row = next; row < end; row++) {
        if (dueMs(row) >= cutMs) notYetDue++;
        else if (!stopped) missing++;
        else {
          lost++;
          if (index.clients.role[client] === ROLE.mix) this.countMix(index.clients.origin[client]!, row);
        }
      }
    }
    return {
      planned: index.totalRows,
      recorded: this.recorded,
      notYetDue,
      interrupted: this.interrupted + lost,
      missing,
      duplicates: this.duplicates,
      unknown: this.unknown,
    };
  }

  /**
   * Total variation (half the sum of absolute differences of shares) over origin x operation between the mix as
   * recorded and as the timetable holds it up to `cutMs`, or between the whole timetable and the plan's streams,
   * whichever is larger; null if no mix request was planned or none recorded. Call after `finish`.
   */
  mixVariation(cutMs: number): number | null {
    const { plan } = this.files;
    const streams = new Float64Array(this.recordedMix.length);
    for (const { role, origin, requests } of plan.streams) {
      if (role !== 'mix') continue;
      for (const [operation, n] of requests.entries()) streams[origin * plan.operations.length + operation]! += n;
    }
    const recorded = totalVariation(this.timetableMix(cutMs), this.recordedMix);
    const planned = totalVariation(streams, this.timetableMix(Infinity));
    return recorded === null || planned === null ? null : Math.max(recorded, planned);
  }

  private timetableMix(cutMs: number): Float64Array {
    const { index, plan, timetable } = this.files;
    const planned = new Float64Array(this.recordedMix.length);
    const { firstRow, rows, role, origin } = index.clients;
    for (const [client, first] of firstRow.entries()) {
      if (role[client] !== ROLE.mix) continue;
      for (let row = first; row < first + rows[client]!; row++) {
        if (timetable[row * TIMETABLE_ROW_WORDS]! >= cutMs) break;
        const operation = timetable[row * TIMETABLE_ROW_WORDS + 1]! & 0xffff;
        const at = origin[client]! * plan.operations.length + operation;
        planned[at] = planned[at]! + 1;
      }
    }
    return planned;
  }

  private countMix(origin: number, row: number): void {
    const { plan, timetable } = this.files;
    const at = origin * plan.operations.length + (timetable[row * TIMETABLE_ROW_WORDS + 1]! & 0xffff);
    this.recordedMix[at] = this.recordedMix[at]! + 1;
  }

  private has(row: number): boolean {
    return (this.seen[row >>> 3]! & (1 << (row & 7))) !== 0;
  }
}

/** Half the sum of absolute differences of the shares of two counts; null when either is empty. */
function totalVariation(a: Float64Array, b: Float64Array): number | null {
  const [sumA, sumB] = [a, b].map((counts) => counts.reduce((sum, n) => sum + n, 0)) as [number, number];
  if (sumA === 0 || sumB === 0) return null;
  return a.reduce((total, n, i) => total + Math.abs(n / sumA - b[i]! / sumB), 0) / 2;
}
