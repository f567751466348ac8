import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { emptyRow, packRow, type RareEvent, ROW_PREFIX, ROW_WORDS } from '../../../src/formats/recording.ts';
import { type RecordingFacts, readRecording } from './recording-reader.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'antipode-recording-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** A line with rows of these numbers. */
function line(...numbers: number[]): string {
  const words = new Uint32Array(numbers.length * ROW_WORDS);
  for (const [at, row] of numbers.entries()) packRow(words, at, { ...emptyRow(), row, bytes: row * 7 });
  return ROW_PREFIX + Buffer.from(words.buffer).toString('base64');
}

async function read(text: string): Promise<{ rows: number[]; rare: RareEvent[]; facts: RecordingFacts }> {
  const path = join(dir, 'recording.log');
  await writeFile(path, text);
  const rows: number[] = [];
  const rare: RareEvent[] = [];
  const facts = await readRecording(
    path,
    (words, n) => {
      for (let at = 0; at < n; at++) {
        if (words[at * ROW_WORDS + 11] !== words[at * ROW_WORDS]! * 7) throw new Error('a row lost its words');
        rows.push(words[at * ROW_WORDS]!);
      }
    },
    (event) => rare.push(event),
  );
  expect(facts.rows).toBe(rows.length);
  return { rows, rare, facts };
}

test('Rows come in the order of the file, events separately, and foreign lines are counted', async () => {
  const event = { kind: 'script-error', row: 2, message: 'é' };
  const { rows, rare, facts } = await read(
    `${line(1, 2)}\nhello from a journey\n\n@j ${JSON.stringify(event)}\n${line(3)}\n@rest\n`,
  );
  expect(rows).toEqual([1, 2, 3]);
  expect(rare).toEqual([event]);
  expect(facts).toMatchObject({ foreignLines: 3, malformedLines: 0, tornBytes: 0 });
});

test('A recording of many chunks, with a line longer than any, loses nothing at their edges', async () => {
  const lines: string[] = [];
  let row = 0;
  while (lines.length < 2000) lines.push(line(...Array.from({ length: 1 + (lines.length % 64) }, () => row++)));
  lines.push(line(...Array.from({ length: 40_000 }, () => row++)));
  const { rows, facts } = await read(lines.map((l) => `${l}\n`).join(''));
  expect(rows.length).toBe(row);
  expect(rows.every((r, i) => r === i)).toBe(true);
  expect(facts.malformedLines).toBe(0);
});

test('A truncated last line yields its whole rows and is not malformed', async () => {
  const torn = line(4, 5, 6).slice(0, -20);
  const { rows, facts } = await read(`${line(1, 2, 3)}\n${torn}`);
  expect(rows).toEqual([1, 2, 3, 4, 5]);
  expect(facts).toMatchObject({ malformedLines: 0, tornBytes: 44 });
  for (const end of ['@', '@r', '@r ', '@j {"kind":', 'time="20'])
    expect((await read(`${line(1)}\n${end}`)).facts).toMatchObject({ rows: 1, malformedLines: 0 });
});

test('A malformed line elsewhere is counted and listed', async () => {
  const broken = line(4, 5).slice(0, -1);
  const { rows, facts } = await read(`${line(1)}\n${broken}\n${line(2)}\n@r \n@j {\n@r ${'*'.repeat(64)}\n`);
  expect(rows).toEqual([1, 2]);
  expect(facts.malformedLines).toBe(4);
  expect(facts.malformed).toEqual([
    'line 2: 127 letters are not a whole number of rows',
    'line 4: 0 letters are not a whole number of rows',
    'line 5: not JSON',
    'line 6: not base64',
  ]);
});

test('An empty recording has no rows', async () => {
  expect((await read('')).rows).toEqual([]);
});
