/**
 * The contract of a measure: what several claims look at, collected once from the rows of a run, and what it tells
 * people of that.
 */
import type { z } from 'zod';
import type { ClaimKind } from '../../src/formats/claims.ts';
import type { Journal } from '../../src/formats/journal-lines.ts';
import type { RunPlan } from '../../src/formats/plan.ts';
import type { RareEvent } from '../../src/formats/recording.ts';
import type { Html } from '../../src/html/html-tag.ts';
import type { Note } from '../../src/html/plot.ts';
import type { JudgedRow } from '../row.ts';
import type { FaultInstants } from './fault-instants.ts';
import type { RecordNames, WriteHistory } from './versions.ts';

export interface MeasuredRun {
  plan: RunPlan;
  /** When the faults of the experiment came and went, by the journal. */
  instants: FaultInstants[];
  records: RecordNames;
}

/** Collects in one run. Pure: the same rows and journal, the same figures. */
export interface Collector<F> {
  /** Every row, attempt by attempt, in the order of the recording. */
  add?(c: JudgedRow): void;
  /** What the recording says beside its rows; lines may hold anything. */
  note?(event: RareEvent): void;
  /** Takes every row a second time, now that all acknowledged writes are known. Null where it need not. */
  again?(history: WriteHistory): ((c: JudgedRow) => void) | null;
  finish(journal: Journal): F;
}

/**
 * A line of plain text. Blanks at its begin say how far it is indented; reports break what is too long for them. One
 * that is `whole` is never broken, so that it can be copied.
 */
export type Line = string | { whole: string };

/** What a measure may know beside its figures when it tells of them; T is what is told: lines or HTML. */
export interface Context<T> {
  plan: RunPlan;
  /** ` (limit 10 s ✓)`: the limit of a claim on this region and whether it holds; '' where there is none. */
  against(kind: ClaimKind, region: string): string;
  /** What reports know of a fault, by its number, that no row tells: what AWS FIS says of it. */
  besides(fault: number): T;
}

/** What a measure draws in report.html. */
export interface Section<F> {
  /** Where it stands: with what was broken (experiments alone have that), or with what became of the data. */
  part: 'faults' | 'data';
  /** Null where there is nothing to show. */
  draw(figures: F, context: Context<Html | null>): Html | null;
  /** Items of the list that says how the report is to be read. */
  howToRead?: Html;
}

/** Places an instant, ms since T0, on the axis of time: 0 left, 1 right. */
export type TimeAxis = (ms: number) => number;

/** What a measure adds to the charts over time, of which every region has one. */
export interface OverTime<F> {
  /** Its items of the legend; null where it adds nothing. Shown for experiments. */
  legend(figures: F): Html | null;
  /** What lies behind every strip below a chart. */
  bands?(figures: F, at: TimeAxis): Html[];
  /** What lies behind the curves of a region, and words in its chart. */
  marks?(figures: F, region: string, at: TimeAxis): Html[];
  notes?(figures: F, region: string, at: TimeAxis): Note[];
  /** A strip of its own below the chart of a region, on top of the bands of all measures. */
  strip?(figures: F, region: string, at: TimeAxis, bands: Html[]): Html | null;
}

/** Everything down from `lines` is for people; a measure that has nothing to tell leaves it out. */
export interface Measure<F> {
  /** Of its figures in result.json. */
  schema: z.ZodType<F>;
  collect(run: MeasuredRun): Collector<F>;
  /** For the terminal and the job summary. */
  lines?(figures: F, context: Context<Line[]>): Line[];
  section?: Section<F>;
  overTime?: OverTime<F>;
}
