import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeSyntheticRun } from '../test/synthetic/run.ts';
import { SEALED_FILES, sealRun, verifySeal } from './seal.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'antipode-seal-'));
  await writeSyntheticRun(dir, { judgedMs: 2000, cities: 3 });
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('A run that nobody touched verifies', async () => {
  expect(await verifySeal(dir)).toEqual({ ok: true, problems: [] });
});

test.each(SEALED_FILES)('One changed byte in %s is found and the file is named', async (name) => {
  const bytes = await readFile(join(dir, name));
  const at = Math.floor(bytes.length / 2);
  bytes[at] = bytes[at]! ^ 1;
  await writeFile(join(dir, name), bytes);
  const { ok, problems } = await verifySeal(dir);
  expect(ok).toBe(false);
  expect(problems[0]).toBe(`${name} was altered after it was sealed`);
});

test.each(SEALED_FILES)('A line added to %s is found by its size', async (name) => {
  await appendFile(join(dir, name), '\n');
  const { problems } = await verifySeal(dir);
  expect(problems.join()).toMatch(new RegExp(`^${name.replace('.', '\\.')} has \\d+ bytes, \\d+ were sealed`));
});

test('Two journal lines that changed places break the chain', async () => {
  const lines = (await readFile(join(dir, 'journal.jsonl'), 'utf8')).trimEnd().split('\n');
  [lines[1], lines[2]] = [lines[2]!, lines[1]!];
  await writeFile(join(dir, 'journal.jsonl'), lines.map((line) => `${line}\n`).join(''));
  expect((await verifySeal(dir)).problems.join()).toContain('journal.jsonl breaks its hash chain');
});

test('A missing file, a missing seal and an invalid seal are different problems', async () => {
  await rm(join(dir, 'recording.log'));
  expect((await verifySeal(dir)).problems).toEqual(['recording.log is missing']);
  await writeFile(join(dir, 'seal.json'), '{"version":1');
  expect((await verifySeal(dir)).problems).toEqual(['seal.json cannot be read as a seal of version 1']);
  await rm(join(dir, 'seal.json'));
  expect((await verifySeal(dir)).problems).toEqual(['seal.json is missing: the run was never sealed']);
});

test('A seal is written once, and not over a run that is not complete', async () => {
  await expect(sealRun(dir)).rejects.toThrow('sealed already');
  await rm(join(dir, 'seal.json'));
  await rm(join(dir, 'plan.json'));
  await expect(sealRun(dir)).rejects.toThrow('plan.json is missing');
});
