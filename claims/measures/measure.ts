/** The contract of a measure: figures that several claims use, collected once per run, and their reports. */
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
  /** Times of the faults of the experiment, from the journal. */
  instants: FaultInstants[];
  records: RecordNames;
}

/** Collects the figures of one run. Pure: the same rows and journal give the same figures. */
export interface Collector<F> {
  /** Every row, attempt by attempt, in the order of the recording. */
  add?(c: JudgedRow): void;
  /** Every event of the recording. Events are not validated. */
  note?(event: RareEvent): void;
  /** A second pass over the rows, with all acknowledged writes known. Null if not needed. */
  again?(history: WriteHistory): ((c: JudgedRow) => void) | null;
  finish(journal: Journal): F;
}

/** A line of plain text, indented by its leading spaces. Reports wrap it unless it is `whole`, to be copied. */
export type Line = string | { whole: string };

/** What a measure gets in addition to its figures when it reports them. T is the output: lines or HTML. */
export interface Context<T> {
  plan: RunPlan;
  /** ` (limit 10 s ✓)`: the limit of a claim on this region and its verdict; '' for none. */
  limitOf(kind: ClaimKind, region: string): string;
  /** What else reports have on the fault with this number: what AWS FIS reported. */
  faultDetails(fault: number): T;
}

/** What a measure draws in report.html. */
export interface Section<F> {
  /** Its place: with the faults (in experiments only), or with data consistency. */
  part: 'faults' | 'data';
  /** Null if there is nothing to show. */
  draw(figures: F, context: Context<Html | null>): Html | null;
  /** Items for the list "How to read this report". */
  howToRead?: Html;
}

/** Position of a time (ms since T0) on the time axis: 0 left, 1 right. */
export type TimeAxis = (ms: number) => number;

/** What a measure adds to the charts over time. There is one per region. */
export interface OverTime<F> {
  /** Its legend items, shown for experiments; null for none. */
  legend(figures: F): Html | null;
  /** Background of every strip below a chart. */
  bands?(figures: F, at: TimeAxis): Html[];
  /** Background of a region's curves, and labels in its chart. */
  marks?(figures: F, region: string, at: TimeAxis): Html[];
  notes?(figures: F, region: string, at: TimeAxis): Note[];
  /** A strip of its own below the chart of a region, on top of the bands of all measures. */
  strip?(figures: F, region: string, at: TimeAxis, bands: Html[]): Html | null;
}

/** `lines`, `section` and `overTime` are for reports, and optional. */
export interface Measure<F> {
  /** Schema of its figures in result.json. */
  schema: z.ZodType<F>;
  collect(run: MeasuredRun): Collector<F>;
  /** For the terminal and the job summary. */
  lines?(figures: F, context: Context<Line[]>): Line[];
  section?: Section<F>;
  overTime?: OverTime<F>;
}
