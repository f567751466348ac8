/** Reads what a run left behind, except the recording: plan, timetable and journal. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AntipodeError, brokenError } from '../../src/errors.ts';
import type { JournalEvent, JournalLine } from '../../src/formats/journal.ts';
import type { RunPlan } from '../../src/formats/plan.ts';
import { TIMETABLE_ROW_BYTES, type TimetableIndex } from '../../src/formats/timetable.ts';

/** The kinds of event by name, each with its instant. */
type Stamped<K extends JournalEvent['kind']> = Extract<JournalEvent, { kind: K }> & { ms: number | null; at: string };

export interface RunFiles {
  dir: string;
  plan: RunPlan;
  index: TimetableIndex;
  /** timetable.bin as words, four a row. */
  timetable: Uint32Array;
  journal: Journal;
}

/** The journal's events, to be asked for by kind. */
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

  /** The request to stop that ended the run; one that came after the generator had ended by itself stopped nothing. */
  get stop(): Stamped<'stop-requested'> | undefined {
    const end = this.lines.findIndex((line) => line.event.kind === 'generator-ended');
    return new Journal(end < 0 ? this.lines : this.lines.slice(0, end)).all('stop-requested')[0];
  }

  /** Whether the run ended before every row had its turn; a journal without an end counts as cut short. */
  get cutShort(): boolean {
    return this.last('ended')?.cutShort ?? true;
  }

  /** The instant it was cut short, ms since T0; Infinity for a run that went to its end. */
  get cutMs(): number {
    if (!this.cutShort) return Infinity;
    const end = this.stop ?? this.last('generator-ended') ?? this.last('ended');
    return end?.ms ?? 0;
  }
}

/** @throws AntipodeError (exit 4) naming the file that cannot be read or does not fit the others. */
export async function readRunFiles(dir: string): Promise<RunFiles> {
  const plan = (await readJson(dir, 'plan.json')) as RunPlan;
  if (plan.version !== 1) throw unreadable(dir, 'plan.json', `version ${String(plan.version)}, this tool reads 1`);
  sayWhatHangs(plan);
  const index = (await readJson(dir, 'timetable.json')) as TimetableIndex;
  const bytes = await readFile(join(dir, 'timetable.bin')).catch((e: unknown) => {
    throw unreadable(dir, 'timetable.bin', e);
  });
  if (bytes.length !== index.totalRows * TIMETABLE_ROW_BYTES)
    throw unreadable(dir, 'timetable.bin', `${bytes.length} bytes for ${index.totalRows} rows of 16`);
  const timetable = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const text = await readFile(join(dir, 'journal.jsonl'), 'utf8').catch((e: unknown) => {
    throw unreadable(dir, 'journal.jsonl', e);
  });
  const lines = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line, i) => parse(line, dir, `journal.jsonl:${i + 1}`) as JournalLine);
  return { dir, plan, index, timetable, journal: new Journal(lines) };
}

/** Plans that were sealed before faults said whether they hang: then only these two faces did. */
function sayWhatHangs({ experiment }: RunPlan): void {
  for (const fault of experiment?.faults ?? []) fault.hangs ??= /^(blackhole|grey)$/.test(String(fault.params['face']));
}

async function readJson(dir: string, name: string): Promise<unknown> {
  const text = await readFile(join(dir, name), 'utf8').catch((e: unknown) => {
    throw unreadable(dir, name, e);
  });
  return parse(text, dir, name);
}

function parse(text: string, dir: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (e) {
    throw unreadable(dir, name, e);
  }
}

const unreadable = (dir: string, name: string, why: unknown): AntipodeError =>
  brokenError({
    what: 'this file of the run cannot be read',
    where: join(dir, name),
    got: why instanceof Error ? why.message : String(why),
    next: 'A run directory is complete or worthless: run again.',
    cause: why,
  });
