/** Joins a recorded row with plan and timetable. */
import type { PlanPhase, RunPlan } from '../../../src/formats/plan.ts';
import { emptyRow, ERRORS, latencyUs, type RecordedRow, ROW_STATE, unpackRow } from '../../../src/formats/recording.ts';
import { TIMETABLE_ROW_WORDS } from '../../../src/formats/timetable.ts';
import { BLOCKS, type JudgedRow, PHASES } from '../../../claims/row.ts';
import type { RunFiles } from './run-files.ts';
import { Versions } from './versions.ts';

const NOT_SENT = ERRORS.indexOf('not-sent');

/** One row with its context. A single object is reused for all rows, to save allocations. */
export class RowContext implements JudgedRow {
  readonly row: RecordedRow = emptyRow();
  client = 0;
  origin = 0;
  /** Home region of the origin. */
  home = 0;
  role = 0;
  cohort = 0;
  /** Operation of the timetable row, and of this request. They differ in journeys. */
  planned = 0;
  operation = 0;
  tenant = 0;
  key = 0;
  dueMs = 0;
  /** Due in a judged phase, and not cut off by the end of the run. */
  judged = false;
  /** The phase that a judged row belongs to, by due time: index into PHASES; -1 for rows that are not judged. */
  phase = -1;
  /** Time block of a judged row within its phase, 0 … BLOCKS - 1. */
  block = 0;
  latencyUs = 0;
  /** Natural logarithm of latencyUs: histograms all need it. */
  lnUs = 0;
  bad = false;
  /** Version of the record in the response; null for none. A whole number that can be compared exactly. */
  version: number | null = null;
  interrupted = false;
  /** First step and first attempt: the row that conservation counts. */
  first = false;
  /** When its client was done with the row before, ms since T0. */
  freeAtMs = 0;
  private readonly freeMs: Float64Array;
  /** By client: current delay because of the target's request limit, ms. */
  private readonly held: Float64Array;
  /** Versions that are too long for a row. */
  readonly versions = new Versions();
  private clientEnd = 0;
  private clientStart = 0;
  private readonly files: RunFiles;
  private readonly fromMs: number[];
  private readonly toMs: number[];
  private readonly phaseOf: number[];
  /** Judged time of the same phase before each judged piece, and in total, ms. */
  private readonly before: number[];
  private readonly whole: number[];

  constructor(files: RunFiles) {
    this.files = files;
    this.freeMs = new Float64Array(files.index.clients.firstRow.length);
    this.held = new Float64Array(this.freeMs.length);
    const judged = files.plan.phases.filter((phase) => phase.judged);
    this.fromMs = judged.map((phase) => phase.fromMs);
    this.toMs = judged.map((phase) => phase.toMs);
    this.phaseOf = judged.map((phase) => PHASES.indexOf(phase.name));
    const lengthMs = (pieces: PlanPhase[], name: PlanPhase['name']): number =>
      pieces.reduce((sum, phase) => sum + (phase.name === name ? phase.toMs - phase.fromMs : 0), 0);
    this.before = judged.map((phase, i) => lengthMs(judged.slice(0, i), phase.name));
    this.whole = judged.map((phase) => lengthMs(judged, phase.name));
  }

  /** Fills the context from row `at` of `words`. False if plan and timetable have no such row. */
  read(words: Uint32Array, at: number): boolean {
    const r = unpackRow(words, at, this.row);
    const { index, timetable, plan } = this.files;
    if (r.row >= index.totalRows) return false;
    if (r.row < this.clientStart || r.row >= this.clientEnd) this.findClient(r.row);
    const o = r.row * TIMETABLE_ROW_WORDS;
    this.dueMs = timetable[o]!;
    this.planned = timetable[o + 1]! & 0xffff;
    this.tenant = timetable[o + 1]! >>> 16;
    this.key = timetable[o + 2]!;
    const operation = plan.operations[this.planned];
    if (operation === undefined) return false;
    if (operation.kind === 'journey') {
      if (r.step >= operation.steps.length) return false;
      this.operation = operation.steps[r.step]!;
    } else {
      if (r.step !== 0) return false;
      this.operation = this.planned;
    }
    this.first = r.step === 0 && r.attempt === 0;
    this.interrupted = (r.state & ROW_STATE.interrupted) !== 0;
    this.bad = (r.state & ROW_STATE.bad) !== 0;
    this.version = this.versions.of(r);
    this.latencyUs = latencyUs(r, this.dueMs) - 1000 * this.heldMs();
    this.lnUs = Math.log(this.latencyUs < 1 ? 1 : this.latencyUs);
    this.place();
    return true;
  }

  /**
   * Delay of the row because of the target's request limit, ms: its client was held back, for this row or for earlier
   * ones that it waited for. Not part of the latency, since the target did not cause it.
   */
  private heldMs(): number {
    const { client, dueMs, row: r } = this;
    this.freeAtMs = this.freeMs[client]!;
    this.freeMs[client] = r.startMs + (r.resolveUs + r.totalUs) / 1000;
    if (!this.first) return 0;
    const waitedMs = Math.max(0, r.startMs - dueMs);
    const justNowMs =
      (r.state & ROW_STATE.heldBack) === 0 ? 0 : Math.max(0, r.startMs - Math.max(dueMs, this.freeAtMs));
    return (this.held[client] = Math.min(waitedMs, this.held[client]! + justNowMs));
  }

  private place(): void {
    this.judged = false;
    this.phase = -1;
    // Held back until the end of the run: not the target's failure.
    const { error, state } = this.row;
    if (this.interrupted || (error === NOT_SENT && (state & ROW_STATE.heldBack) !== 0)) return;
    for (let i = 0; i < this.fromMs.length; i++) {
      if (this.dueMs < this.fromMs[i]! || this.dueMs >= this.toMs[i]!) continue;
      this.judged = true;
      this.phase = this.phaseOf[i]!;
      this.block = Math.floor((BLOCKS * (this.before[i]! + this.dueMs - this.fromMs[i]!)) / this.whole[i]!);
    }
  }

  private findClient(row: number): void {
    const { firstRow, rows, origin, cohort, role } = this.files.index.clients;
    let low = 0;
    let high = firstRow.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (firstRow[middle]! <= row) low = middle;
      else high = middle;
    }
    this.client = low;
    this.clientStart = firstRow[low]!;
    this.clientEnd = this.clientStart + rows[low]!;
    this.origin = origin[low]!;
    this.cohort = cohort[low]!;
    this.role = role[low]!;
    this.home = this.files.plan.origins[this.origin]!.homeRegion;
  }
}

/** Seconds of load that are judged. */
export const judgedSeconds = (plan: RunPlan): number =>
  plan.phases.reduce((sum, phase) => sum + (phase.judged ? phase.toMs - phase.fromMs : 0), 0) / 1000;
