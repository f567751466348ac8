import { randomBytes } from 'node:crypto';
import { mkdir, readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { usageError } from '../errors.ts';

export const RUNS_DIR = process.env['ANTIPODE_RUNS'] ?? join(import.meta.dirname, '../../runs');

/** A run id: time, profile, and four random hex digits, e.g. `20261122-2147-apac-heavy-7f3a`. Sorts by time. */
export function newRunId(profile: string, now: Date): string {
  const stamp = now.toISOString().slice(0, 16).replace(/[-:]/g, '').replace('T', '-');
  return `${stamp}-${profile}-${randomBytes(2).toString('hex')}`;
}

/** Bytes of a row in timetable and recording together, in base64, with a margin for journeys. */
const BYTES_PER_ROW = 16 + 64 + 40;
const SPARE_BYTES = 64 * 1024 * 1024;

/** Creates `runs/<run-id>/`. Usage error if the disk has no space for `rows` rows. */
export async function createRunDirectory(runId: string, rows: number): Promise<string> {
  await mkdir(RUNS_DIR, { recursive: true });
  const { bavail, bsize } = await statfs(RUNS_DIR);
  const free = bavail * bsize;
  const needed = rows * BYTES_PER_ROW + SPARE_BYTES;
  if (free < needed) {
    throw usageError({
      what: 'Not enough free disk space for the run',
      where: RUNS_DIR,
      got: `${Math.floor(free / 1e6)} MB`,
      expected: `${Math.ceil(needed / 1e6)} MB for ${rows} requests`,
      next: 'Free some space, or set ANTIPODE_RUNS to another disk.',
    });
  }
  const dir = join(RUNS_DIR, runId);
  await mkdir(dir);
  return dir;
}

/** Ids of all runs, newest first. */
export async function listRuns(): Promise<string[]> {
  const names = await readdir(RUNS_DIR).catch(() => []);
  return names.toSorted((a, b) => (a < b ? 1 : -1));
}
