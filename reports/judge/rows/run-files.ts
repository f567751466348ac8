/** Reads the files of a run except the recording: plan, timetable and journal. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AntipodeError, brokenError } from '../../../src/errors.ts';
import type { JournalLine } from '../../../src/formats/journal.ts';
import { Journal } from '../../../src/formats/journal-lines.ts';
import type { RunPlan } from '../../../src/formats/plan.ts';
import { TIMETABLE_ROW_BYTES, type TimetableIndex } from '../../../src/formats/timetable.ts';

export interface RunFiles {
  dir: string;
  plan: RunPlan;
  index: TimetableIndex;
  /** timetable.bin as words, four a row. */
  timetable: Uint32Array;
  journal: Journal;
}

/** @throws AntipodeError (exit 4) with the file that cannot be read or does not match the others. */
export async function readRunFiles(dir: string): Promise<RunFiles> {
  const plan = (await readJson(dir, 'plan.json')) as RunPlan;
  if (plan.version !== 2)
    throw unreadable(dir, 'plan.json', `version ${String(plan.version)}; this Antipode reads version 2`);
  const index = (await readJson(dir, 'timetable.json')) as TimetableIndex;
  const bytes = await readFile(join(dir, 'timetable.bin')).catch((e: unknown) => {
    throw unreadable(dir, 'timetable.bin', e);
  });
  if (bytes.length !== index.totalRows * TIMETABLE_ROW_BYTES)
    throw unreadable(dir, 'timetable.bin', `${bytes.length} bytes for ${index.totalRows} rows of 16 bytes`);
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
    what: 'cannot read a file of the run',
    where: join(dir, name),
    got: why instanceof Error ? why.message : String(why),
    next: 'A run cannot be judged without all of its files. Run again.',
    cause: why,
  });
