/** Live view of a run: per region the rate, p50, p99 and bad share of the last ten seconds, and the evidence so far. */
import type { RunPlan } from '../../src/formats/plan.ts';
import { NO_REGION, ROW_STATE, latencyUs } from '../../src/formats/recording.ts';
import type { RecordedRow } from '../../src/formats/recording.ts';
import type { TimetableIndex } from '../../src/formats/timetable.ts';
import { count, duration, ms, percent } from '../../src/formats/words.ts';
import { EvidenceCount } from './live/evidence.ts';
import type { Evidence } from './live/evidence.ts';
import { TimetableView } from './live/timetable-view.ts';
import { SlidingWindow } from './live/window.ts';
import { padEnd, padStart } from './paint.ts';

/** A row that is overdue for longer counts as bad (DESIGN section 5). */
const GRACE_MS = 2_000;
const REDRAW_MS = 500;
const LINE_MS = 5_000;
const WIDTH = 100;

export interface LiveOptions {
  isTTY: boolean;
  write: (text: string) => void;
  /** No output at all. */
  quiet: boolean;
  /** One JSON line every five seconds instead of text. */
  json: boolean;
}

/** Content of one redraw, and of a JSON line. */
interface Frame {
  /** ISO instant of T0. */
  t0: string | null;
  atMs: number;
  durationMs: number;
  phase: string;
  /** Last note of the harness, such as the fault in effect; '' for none. */
  note: string;
  recorded: number;
  lagP99Ms: number | null;
  regions: {
    region: string;
    perSecond: number;
    p50Ms: number | null;
    p99Ms: number | null;
    /** Share of bad and overdue rows. */
    badShare: number | null;
    overdue: number;
    evidence: Evidence | null;
  }[];
}

export class LiveView {
  private readonly plan: RunPlan;
  private readonly options: LiveOptions;
  private readonly windows: SlidingWindow[];
  private readonly lag = new SlidingWindow();
  private readonly evidence: EvidenceCount;
  private timetable: TimetableView | null = null;
  private t0: string | null = null;
  private recorded = 0;
  private noted = '';
  private drawnAtMs = -Infinity;
  private linesOnScreen = 0;

  constructor(plan: RunPlan, options: LiveOptions) {
    this.plan = plan;
    this.options = options;
    this.windows = plan.regions.map(() => new SlidingWindow());
    this.evidence = new EvidenceCount(plan);
  }

  /** Once, before the first row. */
  begin(index: TimetableIndex, timetable: Uint8Array): void {
    if (!this.options.quiet) this.timetable = new TimetableView(this.plan, index, timetable);
  }

  /** Once, when T0 is chosen. */
  start(epochMs: number): void {
    this.t0 = new Date(epochMs).toISOString();
  }

  /** Shown next to the phase until the next note; '' clears it. */
  note(text: string): void {
    this.noted = text;
  }

  /** Takes a recorded row; it is read during the call only. */
  row(r: RecordedRow): void {
    if (this.timetable === null) return;
    const dueMs = this.timetable.dueMs(r.row);
    const { origin, role } = this.timetable.owner(r.row);
    const first = r.step === 0 && r.attempt === 0;
    if (first && (r.state & ROW_STATE.clientBlocked) === 0) {
      this.lag.add(r.startMs, Math.max(0, r.startMs - dueMs), false);
    }
    if (role === 'control') return;
    const home = this.plan.origins[origin]!.homeRegion;
    if (first) {
      this.recorded += 1;
      this.timetable.recorded(r.row, home);
    }
    // As in the judge, the first attempt of a request counts.
    if ((r.state & ROW_STATE.interrupted) !== 0 || r.attempt > 0) return;
    const asked = r.requestedRegion === NO_REGION ? home : r.requestedRegion;
    const endMs = r.startMs + (r.resolveUs + r.totalUs) / 1000;
    this.windows[asked]?.add(endMs, latencyUs(r, dueMs) / 1000, (r.state & ROW_STATE.bad) !== 0);
    const planned = this.timetable.operation(r.row);
    const operation = this.plan.operations[planned]!;
    this.evidence.add(asked, home, operation.steps[r.step] ?? planned, role, dueMs);
  }

  /** Draws at most twice a second on a terminal, otherwise every five seconds. `nowMs` is since T0. */
  tick(nowMs: number): void {
    if (this.timetable === null || nowMs < 0) return;
    const { isTTY, json } = this.options;
    const redraws = isTTY && !json;
    if (nowMs - this.drawnAtMs < (redraws ? REDRAW_MS : LINE_MS)) return;
    this.drawnAtMs = nowMs;
    const frame = this.frame(nowMs, this.timetable);
    if (json) this.options.write(`${JSON.stringify(frame)}\n`);
    else if (redraws) this.redraw(screen(frame));
    else this.options.write(`${line(frame)}\n`);
  }

  /** Clears the view; the report takes its place. */
  end(): void {
    this.redraw([]);
    this.timetable = null;
  }

  private redraw(lines: string[]): void {
    const { write } = this.options;
    // Moves up to the start of the last frame and clears to the end of the screen.
    if (this.linesOnScreen > 0) write(`\u001b[${this.linesOnScreen}A\u001b[0J`);
    if (lines.length > 0) write(`${lines.map((l) => l.slice(0, WIDTH)).join('\n')}\n`);
    this.linesOnScreen = lines.length;
  }

  private frame(nowMs: number, timetable: TimetableView): Frame {
    const overdue = timetable.overdue(nowMs, GRACE_MS);
    const evidence = this.evidence.gathered();
    return {
      t0: this.t0,
      atMs: nowMs,
      durationMs: this.plan.durationMs,
      phase: this.plan.phases.find((p) => nowMs >= p.fromMs && nowMs < p.toMs)?.name ?? 'ending',
      note: this.noted,
      recorded: this.recorded,
      lagP99Ms: this.lag.figures(nowMs).p99Ms,
      regions: this.plan.regions.map((region, r) => {
        const { n, bad, perSecond, p50Ms, p99Ms } = this.windows[r]!.figures(nowMs);
        const late = overdue[r]!;
        return {
          region: region.id,
          perSecond,
          p50Ms,
          p99Ms,
          badShare: n + late === 0 ? null : (bad + late) / (n + late),
          overdue: late,
          evidence: evidence[r]!,
        };
      }),
    };
  }
}

/** In whole seconds: tenths would only flicker. */
const clock = ({ atMs, durationMs }: Frame): string =>
  `${duration(1000 * Math.round(Math.min(atMs, durationMs) / 1000))} of ${duration(durationMs)}`;
const phaseOf = ({ phase, note }: Frame): string => (note === '' ? phase : `${phase} · ${note}`);
const rate = (perSecond: number): string => `${count(Number(perSecond.toFixed(perSecond < 10 ? 1 : 0)))}/s`;
const gathered = (e: Evidence | null): string => (e ? `${count(e.got)} of ${count(e.planned)} for ${e.claim}` : '');

/** Lines for a terminal. */
function screen(frame: Frame): string[] {
  const wide = Math.max('region'.length, ...frame.regions.map((r) => r.region.length)) + 2;
  const row = (name: string, cells: string[], last: string): string =>
    `  ${padEnd(name, wide)}${cells.map((cell) => padStart(cell, 10)).join('')}   ${last}`;
  const head = [
    clock(frame),
    phaseOf(frame),
    `${count(frame.recorded)} requests`,
    `generator lag p99 ${ms(frame.lagP99Ms)}`,
  ];
  return [
    `  ${head.join(' · ')}`,
    row('region', ['rate', 'p50', 'p99', 'bad', 'overdue'], 'evidence'),
    ...frame.regions.map((r) =>
      row(
        r.region,
        [rate(r.perSecond), ms(r.p50Ms), ms(r.p99Ms), percent(r.badShare), count(r.overdue)],
        gathered(r.evidence),
      ),
    ),
  ];
}

/** One line for a log. */
const line = (frame: Frame): string =>
  [
    `${clock(frame)} ${phaseOf(frame)}`,
    ...frame.regions.map(
      (r) =>
        `${r.region} ${rate(r.perSecond)} p50 ${ms(r.p50Ms)} p99 ${ms(r.p99Ms)} bad ${percent(r.badShare)}` +
        `${r.overdue > 0 ? ` overdue ${count(r.overdue)}` : ''}${r.evidence ? ` (${gathered(r.evidence)})` : ''}`,
    ),
    `lag p99 ${ms(frame.lagP99Ms)}`,
  ].join(' | ');
