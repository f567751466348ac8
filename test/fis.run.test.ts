import { expect, test } from 'vitest';
import type { RunResult } from '../src/formats/run-result.ts';
import { antipode, decided, failed, finished, judged, notPassed, seen } from './antipode.ts';
import { expectNothingLeft, ownPlace } from './own-place.ts';
import { broken, startSharedWorld } from './shared-world.ts';

// The same experiments through the FIS endpoint beside the world, by the real SDK. How the driver itself behaves when FIS, its
// answers or the harness fail: chaos/drivers/fis/lifecycle.test.ts.

const short = (name: string): string => `test/experiments/${name}.yaml`;
const RATE = ['--rate', '60'];
const THROUGH_FIS = ['--driver', 'fis'];

/** Claims that gate, with what became of them. */
const verdicts = (result: RunResult | undefined): string[] =>
  (result?.cells ?? [])
    .filter(({ gating }) => gating)
    .map(({ claim, subject, status }) => `${claim} ${subject} ${status}`)
    .toSorted();

test.each([
  ['short-outage', ['--face', 'blackhole']],
  ['short-redis-loss', ['--face', 'blackhole']],
  ['short-partition', []],
])(
  'the healthy world comes through %s, with the same verdicts through Toxiproxy and through FIS',
  async (experiment, face) => {
    const args = ['chaos', short(experiment), ...RATE, ...face];
    const own = await decided(args);
    expect(notPassed(own.result), own.text).toEqual([]);
    for (const { askedMs, t0Ms, t1Ms } of own.result!.faults) {
      expect(t0Ms).toBeGreaterThanOrEqual(askedMs! - 50);
      expect(t1Ms).toBeGreaterThan(t0Ms!);
    }
    const fis = await decided([...args, ...THROUGH_FIS]);
    expect(notPassed(fis.result), fis.text).toEqual([]);
    expect(verdicts(fis.result)).toEqual(verdicts(own.result));
    expect([own.exitCode, fis.exitCode]).toEqual([0, 0]);
    for (const { fis: outcome, t0Ms, t1Ms } of fis.result!.faults) {
      expect(t1Ms).toBeGreaterThan(t0Ms!);
      expect(outcome!.notExercised).toEqual([]);
      expect(outcome!.experiments.length).toBeGreaterThan(0);
      for (const { arn, status, targets, startEpochMs, endEpochMs } of outcome!.experiments) {
        expect(arn).toMatch(/^arn:aws:fis:[a-z0-9-]+:\*{12}:experiment\/EXP/);
        expect(status).toBe('stopped');
        expect(targets.length).toBeGreaterThan(0);
        expect(endEpochMs).toBeGreaterThan(startEpochMs!);
      }
    }
    expect(JSON.stringify(fis.result)).not.toMatch(/arn:aws:[a-z0-9-]+:[a-z0-9-]*:\d{12}:/);
    expect(fis.text).not.toMatch(/arn:aws:[a-z0-9-]+:[a-z0-9-]*:\d{12}:/);
  },
);

test('no failover is found through FIS as well', async () => {
  const { exitCode, result, text } = await judged([
    'chaos',
    short('short-outage'),
    ...RATE,
    ...THROUGH_FIS,
    '--defect',
    'no-failover',
  ]);
  expect(failed(result), text).toContain('rto ap-southeast-1');
  expect(exitCode, text).toBe(1);
});

test('kill -9 of the harness in a fault: the keeper asks FIS to stop, and heal by tags finds nothing', async () => {
  const world = await startSharedWorld(['--fis']);
  await using place = await ownPlace();
  try {
    const environment = { AWS_ENDPOINT_URL_FIS: world.fis! };
    const args = ['chaos', short('brief-outage'), ...RATE, ...THROUGH_FIS, '--world', world.path];
    const running = place.start(args, environment);
    await seen(running, /bites/);
    place.below(running.pid!);
    expect(await broken(world.file)).not.toEqual([]);
    running.kill('SIGKILL');
    await running;
    await expect.poll(() => broken(world.file), { timeout: 20_000, interval: 100 }).toEqual([]);
    await expectNothingLeft(place);
    const heal = await finished(place.start(['heal', '--world', world.path], environment));
    expect(heal.text).toMatch(/No open fault/);
    expect(heal.exitCode, heal.text).toBe(0);
  } finally {
    await world.stop();
  }
});

test('what FIS cannot do, or cannot be seen to do, is refused with exit 2 and the way that works', async () => {
  const cases: [args: string[], says: RegExp][] = [
    [['chaos', 'replication-delay', '--driver', 'fis'], /FIS cannot do this: .*recovery_min_apply_delay/s],
    [['chaos', 'redis-cold', '--driver', 'fis'], /no FIS action empties a Redis/],
    [['chaos', 'region-outage', '--face', 'reset', '--driver', 'fis'], /never resets connections/],
    [['chaos', 'region-outage', '--driver', 'aws'], /no such driver/],
    [['load', '--profile', 'gate-test', '--driver', 'fis'], /unknown option/],
  ];
  for (const [args, says] of cases) {
    const { exitCode, text } = await finished(antipode(args));
    expect(text).toMatch(says);
    expect(exitCode, text).toBe(2);
  }
});
