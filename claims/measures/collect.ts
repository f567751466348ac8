/** Collects all measures of a run. */
import type { Journal } from '../../src/formats/journal-lines.ts';
import type { RareEvent } from '../../src/formats/recording.ts';
import type { JudgedRow } from '../row.ts';
import { type Figures, MEASURES } from './index.ts';
import type { Collector, MeasuredRun } from './measure.ts';
import { AcknowledgedWrites, type WriteHistory } from './versions.ts';

export class Measures {
  private readonly collectors: [name: string, collector: Collector<unknown>][];
  private readonly writes: AcknowledgedWrites;
  private known: WriteHistory | null = null;

  constructor(run: MeasuredRun) {
    this.collectors = Object.entries(MEASURES).map(([name, measure]) => [name, measure.collect(run)]);
    this.writes = new AcknowledgedWrites(run.records);
  }

  /** Takes every row, in the order of the recording. */
  add(c: JudgedRow): void {
    for (const [, collector] of this.collectors) collector.add?.(c);
    this.writes.add(c);
  }

  note(event: RareEvent): void {
    for (const [, collector] of this.collectors) collector.note?.(event);
  }

  /** Every acknowledged write. Call it after the last row. */
  history(): WriteHistory {
    return (this.known ??= this.writes.history());
  }

  /** The measures that need a second pass over the rows. */
  again(): ((c: JudgedRow) => void)[] {
    return this.collectors.flatMap(([, collector]) => collector.again?.(this.history()) ?? []);
  }

  finish(journal: Journal): Figures {
    return Object.fromEntries(this.collectors.map(([name, collector]) => [name, collector.finish(journal)])) as Figures;
  }
}
