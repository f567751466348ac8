/** A run of a benchmark: its rows with their due times, and its journal. */
import { join } from 'node:path';
import type { Journal } from '../../src/formats/journal-lines.ts';
import { readRunFiles, type RunFiles } from '../../reports/judge/rows/run-files.ts';
import { readRecording } from '../../reports/judge/rows/recording-reader.ts';
import { emptyRow, type RecordedRow, unpackRow } from '../../src/formats/recording.ts';
import type { RunResult } from '../../reports/run-result.ts';
import { CLIENT_ROLES, COHORTS, TIMETABLE_ROW_WORDS } from '../../src/formats/timetable.ts';
import { clientOfRow } from '../../src/formats/client-of-row.ts';
import { antipode, finished } from '../antipode.ts';

export interface PlayedRow extends RecordedRow {
  dueMs: number;
  origin: number;
  cohort: (typeof COHORTS)[number];
  role: (typeof CLIENT_ROLES)[number];
  client: number;
}

export interface FinishedRun {
  result: RunResult;
  files: RunFiles;
  journal: Journal;
  /** Epoch ms of T0. */
  t0: number;
  /** In recording order. */
  rows: PlayedRow[];
}

/** Number of runs of a benchmark of whole runs: its default, or BENCH_RUNS. */
export const runsWanted = (usual: number): number => Number(process.env['BENCH_RUNS'] ?? usual);

/** Runs `npm run chaos` on its own world and reads the result. Rejects, with the output, if nothing was recorded. */
export async function chaosRun(args: string[]): Promise<FinishedRun> {
  const { runDir, result, text } = await finished(antipode(['chaos', ...args]));
  if (runDir === undefined || result === undefined) throw new Error(`the run failed:\n${text}`);
  const files = await readRunFiles(runDir);
  const { index, timetable, journal } = files;
  const clientOf = clientOfRow(index);
  const rows: PlayedRow[] = [];
  await readRecording(join(runDir, 'recording.log'), (words, count) => {
    for (let i = 0; i < count; i += 1) {
      const row = unpackRow(words, i, emptyRow());
      const client = clientOf(row.row);
      const { origin, cohort, role } = index.clients;
      rows.push({
        ...row,
        client,
        dueMs: timetable[row.row * TIMETABLE_ROW_WORDS]!,
        origin: origin[client]!,
        cohort: COHORTS[cohort[client]!]!,
        role: CLIENT_ROLES[role[client]!]!,
      });
    }
  });
  return { result, files, journal, t0: journal.last('t0')!.epochMs, rows };
}

/** Time, ms since T0, at which a row got its response or failed. */
export const endOf = ({ startMs, resolveUs, totalUs }: RecordedRow): number => startMs + (resolveUs + totalUs) / 1000;
