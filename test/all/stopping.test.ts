import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { antipode, finished, seen } from '../antipode.ts';
import { expectNothingLeft, ownPlace } from '../own-place.ts';

/** What the live view says once everything is up and requests that count are sent. */
const SENDING = / s of .* baseline/;

test('kill -9 of the harness leaves no process and no directory', async () => {
  await using place = await ownPlace();
  const running = place.start(['load', '--profile', 'gate-test', '--rate', '50']);
  await seen(running, SENDING);
  place.below(running.pid!);
  running.kill('SIGKILL');
  await running;
  await expectNothingLeft(place);
});

test('Ctrl-C during the set-up leaves nothing, and no run', async () => {
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

test('a k6 that is killed in the middle makes the run INVALID, and nothing recorded is lost', async () => {
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

test('two runs at once, each with its own world, end without a FAIL that does not name the machine', async () => {
  const runs = await Promise.all(
    [1, 2].map((seed) =>
      finished(
        antipode(['load', '--profile', 'gate-test', '--rate', '40', '--duration', '10', '--seed', String(seed)]),
      ),
    ),
  );
  // Two worlds, two generators and two k6 starve each other on two cores: a FAIL is not false that says so.
  for (const { exitCode, result, text } of runs) {
    expect([0, 1, 3, 4]).toContain(exitCode);
    if (result?.verdict === 'FAIL') expect(result.why).toContain('it may be this machine');
    else expect(['PASS', 'INCONCLUSIVE', 'INVALID'], text).toContain(result?.verdict);
  }
  expect(runs[0]!.runDir).not.toBe(runs[1]!.runDir);
});
