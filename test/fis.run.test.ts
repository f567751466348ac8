import { expect, test } from 'vitest';
import { antipode, finished, seen } from './antipode.ts';
import { expectSameVerdicts } from './fis-verdicts.ts';
import { expectNothingLeft, ownPlace } from './own-place.ts';
import { broken, startSharedWorld } from './shared-world.ts';

// The same experiments through the FIS endpoint beside the world, by the real SDK. How the driver itself behaves when
// FIS, its responses or the harness fail: chaos/drivers/fis/lifecycle.test.ts.

const short = (name: string): string => `test/experiments/${name}.yaml`;
const RATE = ['--rate', '60'];
const THROUGH_FIS = ['--driver', 'fis'];

test('the healthy world passes an outage, with the same verdicts through Toxiproxy and through FIS', () =>
  expectSameVerdicts(['chaos', short('short-outage'), ...RATE, '--face', 'blackhole']));

test('kill -9 of the harness during a fault: the keeper stops FIS, and heal by tags finds nothing', async () => {
  const world = await startSharedWorld(['--fis']);
  await using place = await ownPlace();
  try {
    const environment = { AWS_ENDPOINT_URL_FIS: world.fis! };
    const args = ['chaos', short('brief-outage'), ...RATE, ...THROUGH_FIS, '--world', world.path];
    const running = place.start(args, environment);
    await seen(running, /: in effect/);
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

test('a fault that FIS cannot carry out is refused with exit 2 and an alternative', async () => {
  const cases: [args: string[], says: RegExp][] = [
    [['chaos', 'replication-delay', '--driver', 'fis'], /FIS cannot do this: .*recovery_min_apply_delay/s],
    [['chaos', 'redis-cold', '--driver', 'fis'], /no FIS action empties a Redis/],
    [['chaos', 'region-outage', '--face', 'reset', '--driver', 'fis'], /never resets connections/],
    [['chaos', 'region-outage', '--driver', 'aws'], /unknown driver/],
    [['load', '--profile', 'gate-test', '--driver', 'fis'], /unknown option/],
  ];
  for (const [args, says] of cases) {
    const { exitCode, text } = await finished(antipode(args));
    expect(text).toMatch(says);
    expect(exitCode, text).toBe(2);
  }
});
