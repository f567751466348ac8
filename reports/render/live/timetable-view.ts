/** Lookup of timetable rows: due time, owner, and how many are overdue in each region. */
import type { RunPlan } from '../../../src/formats/plan.ts';
import { CLIENT_ROLES, TIMETABLE_ROW_BYTES } from '../../../src/formats/timetable.ts';
import type { ClientRole, TimetableIndex } from '../../../src/formats/timetable.ts';

const CONTROL = CLIENT_ROLES.indexOf('control');

export class TimetableView {
  private readonly words: DataView;
  private readonly index: TimetableIndex;
  private readonly plan: RunPlan;
  /** By home region, then second: rows due in it, and how many of them are recorded. */
  private readonly due: Uint32Array[];
  private readonly done: Uint32Array[];
  private client = 0;

  constructor(plan: RunPlan, index: TimetableIndex, timetable: Uint8Array) {
    this.plan = plan;
    this.index = index;
    this.words = new DataView(timetable.buffer, timetable.byteOffset, timetable.byteLength);
    const seconds = Math.ceil(plan.durationMs / 1000) + 1;
    this.due = plan.regions.map(() => new Uint32Array(seconds));
    this.done = plan.regions.map(() => new Uint32Array(seconds));
    const { firstRow, rows, origin, role } = index.clients;
    for (let c = 0; c < firstRow.length; c += 1) {
      const region = plan.origins[origin[c]!]!.homeRegion;
      if (role[c] === CONTROL) continue;
      for (let row = firstRow[c]!; row < firstRow[c]! + rows[c]!; row += 1) this.due[region]![this.second(row)]! += 1;
    }
  }

  dueMs(row: number): number {
    return this.words.getUint32(row * TIMETABLE_ROW_BYTES, true);
  }

  /** Index into RunPlan.operations. */
  operation(row: number): number {
    return this.words.getUint16(row * TIMETABLE_ROW_BYTES + 4, true);
  }

  /** Origin (index) and role of the row's client. Consecutive calls are mostly for the same client. */
  owner(row: number): { origin: number; role: ClientRole } {
    const { firstRow, rows, origin, role } = this.index.clients;
    if (row < firstRow[this.client]! || row >= firstRow[this.client]! + rows[this.client]!) {
      let [low, high] = [0, firstRow.length - 1];
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (firstRow[middle]! <= row) low = middle;
        else high = middle - 1;
      }
      this.client = low;
    }
    return { origin: origin[this.client]!, role: CLIENT_ROLES[role[this.client]!]! };
  }

  /** Marks the row as recorded. */
  recorded(row: number, region: number): void {
    this.done[region]![this.second(row)]! += 1;
  }

  /** By home region: rows that were due at least `graceMs` ago and are not recorded. */
  overdue(nowMs: number, graceMs: number): number[] {
    const until = Math.min(Math.floor((nowMs - graceMs) / 1000), this.due[0]?.length ?? 0);
    return this.plan.regions.map((_, region) => {
      let missing = 0;
      for (let s = 0; s < until; s += 1) missing += this.due[region]![s]! - this.done[region]![s]!;
      return Math.max(0, missing);
    });
  }

  private second(row: number): number {
    return Math.min(Math.floor(this.dueMs(row) / 1000), this.due[0]!.length - 1);
  }
}
