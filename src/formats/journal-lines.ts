/** Reads the journal of an ended run by kinds of events. */
import type { JournalEvent, JournalLine } from './journal.ts';

/** The kinds of event by name, each with its instant. */
type Stamped<K extends JournalEvent['kind']> = Extract<JournalEvent, { kind: K }> & { ms: number | null; at: string };

export class Journal {
  readonly lines: readonly JournalLine[];

  constructor(lines: readonly JournalLine[]) {
    this.lines = lines;
  }

  all<K extends JournalEvent['kind']>(kind: K): Stamped<K>[] {
    return this.lines
      .filter((line) => line.event.kind === kind)
      .map((line) => ({ ...line.event, ms: line.ms, at: line.at }) as Stamped<K>);
  }

  last<K extends JournalEvent['kind']>(kind: K): Stamped<K> | undefined {
    return this.all(kind).at(-1);
  }

  /** The stop request that ended the run, but not one after the generator had exited by itself. */
  get stop(): Stamped<'stop-requested'> | undefined {
    const end = this.lines.findIndex((line) => line.event.kind === 'generator-ended');
    return new Journal(end < 0 ? this.lines : this.lines.slice(0, end)).all('stop-requested')[0];
  }

  /** Whether the run ended before all rows were played; a journal without an end counts as cut short. */
  get cutShort(): boolean {
    return this.last('ended')?.cutShort ?? true;
  }

  /** The instant it was cut short, ms since T0; Infinity for a complete run. */
  get cutMs(): number {
    if (!this.cutShort) return Infinity;
    const end = this.stop ?? this.last('generator-ended') ?? this.last('ended');
    return end?.ms ?? 0;
  }
}
