import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { antipode, decided, failed, finished, judged, notPassed, seen } from './antipode.ts';

// One whole run per verdict, on the real world. test/all has every defect and every cause of INVALID.

test('the healthy world passes, and every planned request is accounted for', async () => {
  const { exitCode, result, text } = await decided(['load', '--profile', 'gate-test']);
  expect(notPassed(result), text).toEqual([]);
  expect(exitCode).toBe(0);
  expect(result).toMatchObject({ verdict: 'PASS', conservation: { missing: 0, duplicates: 0, unknown: 0 } });
  expect(result!.conservation.recorded).toBe(result!.conservation.planned);
});

test('a slow region fails only its own reads', async () => {
  const { exitCode, result, text } = await judged(['load', '--profile', 'gate-test', '--defect', 'slow-region']);
  expect(failed(result), text).toEqual(['read-p99 eu-west-1']);
  expect(exitCode).toBe(1);
  expect(text.trim().split('\n').at(-1)).toContain('Next');
});

test('too short a run is INCONCLUSIVE and reports how many requests are missing', async () => {
  const { exitCode, result, text } = await judged(['load', '--profile', 'gate-test', '--duration', '8']);
  expect(result?.verdict, text).toBe('INCONCLUSIVE');
  expect(exitCode).toBe(3);
  const open = result!.cells.filter((cell) => cell.gating && cell.status === 'INCONCLUSIVE');
  expect(open.length).toBeGreaterThan(0);
  for (const cell of open) expect(cell.requestsLacking).toBeGreaterThan(0);
});

test('Ctrl-C keeps the recording, reports that the run was cut short and exits with 130', async () => {
  const running = antipode(['load', '--profile', 'gate-test']);
  await seen(running, /^1\d s of /m);
  running.kill('SIGINT');
  const { exitCode, result, text, runDir } = await finished(running);
  expect(exitCode, text).toBe(130);
  expect(result).toMatchObject({ cutShort: true, verdict: 'ABORTED', conservation: { missing: 0, duplicates: 0 } });
  expect(result!.conservation.recorded).toBeGreaterThan(1000);
  expect(result!.conservation.notYetDue).toBeGreaterThan(1000);
  expect(await readFile(join(runDir!, 'report.html'), 'utf8')).toContain('cut short');
});

test('a sealed recording that was altered is INVALID', async () => {
  const { runDir } = await finished(antipode(['load', '--profile', 'gate-test', '--duration', '3']));
  const recording = join(runDir!, 'recording.log');
  const text = await readFile(recording, 'utf8');
  await writeFile(recording, text.slice(text.indexOf('\n') + 1));
  const again = await finished(antipode(['report', runDir!]));
  expect(again.result, again.text).toMatchObject({ verdict: 'INVALID', exitCode: 4 });
  expect(again.result!.validity.filter((check) => !check.ok).map((check) => check.id)).toEqual(
    expect.arrayContaining(['seal', 'conservation']),
  );
});

test('bad input is rejected with exit 2 before anything is started', async () => {
  const runs = await readdir(join(import.meta.dirname, '../runs')).catch(() => []);
  const cases: [args: string[], says: RegExp][] = [
    [['load'], /apac-heavy[\s\S]*gate-test/],
    [['load', '--profile', 'apac-hevy'], /Did you mean `apac-heavy`/],
    [['load', '--profile', 'gate-test', '--rat', '5'], /--rat/],
    [['load', '--profile', 'gate-test', '--rate', 'NaN'], /--rate/],
    [['load', '--profile', 'gate-test', '--duration', '-1'], /--duration/],
    [['load', '--profile', 'gate-test', '--defect', 'slow-regoin'], /slow-region/],
    [['load', '--profile', 'gate-test', '--target', 'nowhere'], /active-active/],
    [['lod'], /load/],
  ];
  for (const [args, says] of cases) {
    const { exitCode, text } = await finished(antipode(args));
    expect(text).toMatch(says);
    expect(exitCode, text).toBe(2);
  }
  expect(await readdir(join(import.meta.dirname, '../runs')).catch(() => [])).toEqual(runs);
});
