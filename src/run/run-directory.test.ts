import { expect, test } from 'vitest';
import { createRunDirectory, newRunId } from './run-directory.ts';

test('a run id has time and profile, and two runs of one minute differ', () => {
  const now = new Date('2026-11-22T21:47:30Z');
  expect(newRunId('apac-heavy', now)).toMatch(/^20261122-2147-apac-heavy-[0-9a-f]{4}$/);
});

test('a run without enough disk space is refused before anything is written', async () => {
  await expect(createRunDirectory('test-too-large', 1e12)).rejects.toThrow(
    /Not enough free disk space for the run: got \d+ MB/,
  );
});
