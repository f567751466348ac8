/** Writes a sealed run with one thing wrong. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sealRun } from '../../reports/seal.ts';
import type { JournalEvent } from '../../src/formats/journal.ts';
import type { RecordedRow } from '../../src/formats/recording.ts';
import type { Occasion, SyntheticOptions } from '../synthetic/options.ts';
import { writeSyntheticRun } from '../synthetic/run.ts';

export interface Cause {
  /** What is wrong; also the name of the run. */
  name: string;
  /** Created anew for every run, because planted outcomes may be stateful. */
  options?: () => SyntheticOptions;
  /** Changes to the files before the seal, and after it. */
  before?: (dir: string) => Promise<void>;
  after?: (dir: string) => Promise<void>;
}

/** Writes the run to `dir`; `base` has the options that the cause does not set. */
export async function writeCause(dir: string, base: SyntheticOptions, cause: Cause): Promise<void> {
  await writeSyntheticRun(dir, { ...base, ...cause.options?.(), runId: `20250101-000000-${cause.name}`, seal: false });
  await cause.before?.(dir);
  await sealRun(dir);
  await cause.after?.(dir);
}

export type Plant = NonNullable<SyntheticOptions['plant']>;
export type JournalChange = NonNullable<SyntheticOptions['changeJournal']>;

/** Changes the outcome of every n-th of these requests. */
export function every(
  n: number,
  which: (occasion: Occasion) => boolean,
  change: (drawn: Readonly<RecordedRow>) => Partial<RecordedRow>,
): Plant {
  let seen = 0;
  return (occasion, drawn) => (which(occasion) && (seen += 1) % n === 0 ? change(drawn) : undefined);
}

/** Inserts events into the journal after its last line of this kind. */
export const afterLast =
  (kind: JournalEvent['kind'], ...events: JournalEvent[]): JournalChange =>
  (lines) => {
    const at = lines.findLastIndex(({ event }) => event.kind === kind);
    lines.splice(at + 1, 0, ...events.map((event) => ({ ms: lines[at]!.ms, event })));
  };

/** Changes the text of a file, byte by byte. */
export const inFile =
  (name: string, change: (text: string) => string): NonNullable<Cause['after']> =>
  async (dir) => {
    const path = join(dir, name);
    await writeFile(path, change(await readFile(path, 'latin1')), 'latin1');
  };
