import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { antipode, finished, seen } from '../antipode.ts';
import { expectNothingLeft, ownPlace } from '../own-place.ts';

/** In the live view once the load is running and judged. */
const SENDING = / s of .* baseline/;

test('kill -9 of the harness leaves no process and no directory behind', async () => {
  await using place = await ownPlace();
  const running = place.start(['load', '--profile', 'gate-test', '--rate', '50']);
  await seen(running, SENDING);
  place.below(running.pid!);
  running.kill('SIGKILL');
  await running;
  await expectNothingLeft(place);
});

test('Ctrl-C during the setup leaves nothing behind, and no run', async () => {
  await using place = await ownPlace();
  const running = place.start(['load', '--profile', 'gate-test', '--rate', '50']);
  await seen(running, /timetable/);
  place.below(running.pid!);
  running.kill('SIGINT');
  const { exitCode, text } = await finished(running);
  expect(exitCode, text).toBe(130);
  expect(await readdir(place.runs)).toEqual([]);
  await expectNothingLeft(place);
});

test('a k6 that is killed makes the run INVALID, and keeps the rows recorded so far', async () => {
  await using place = await ownPlace();
  const running = place.start(['load', '--profile', 'gate-test', '--rate', '50']);
  await seen(running, SENDING);
  const [k6] = place.below(running.pid!, / run --quiet/);
  process.kill(k6!.pid, 'SIGKILL');
  const { exitCode, result, text } = await finished(running);
  expect(exitCode, text).toBe(4);
  expect(result).toMatchObject({ verdict: 'INVALID' });
  expect(result!.conservation.recorded).toBeGreaterThan(0);
});

test('two concurrent runs, each with its own world, end without a FAIL other than one caused by the machine', async () => {
  const runs = await Promise.all(
    [1, 2].map((seed) =>
      finished(
        antipode(['load', '--profile', 'gate-test', '--rate', '40', '--duration', '10', '--seed', String(seed)]),
      ),
    ),
  );
  // Two worlds and two generators compete for two cores: a FAIL is acceptable if it names the machine.
  for (const { exitCode, result, text } of runs) {
    expect([0, 1, 3, 4]).toContain(exitCode);
    if (result?.verdict === 'FAIL') expect(result.why).toContain('this machine may be the cause');
    else expect(['PASS', 'INCONCLUSIVE', 'INVALID'], text).toContain(result?.verdict);
  }
  expect(runs[0]!.runDir).not.toBe(runs[1]!.runDir);
});
