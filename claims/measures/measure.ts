/** The contract of a measure: what several claims look at, collected once from the rows of a run. */
import type { z } from 'zod';
import type { Journal } from '../../src/formats/journal-lines.ts';
import type { RunPlan } from '../../src/formats/plan.ts';
import type { RareEvent } from '../../src/formats/recording.ts';
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

export interface Measure<F> {
  /** Of its figures in result.json. */
  schema: z.ZodType<F>;
  collect(run: MeasuredRun): Collector<F>;
}
