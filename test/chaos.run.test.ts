import { expect, test } from 'vitest';
import { antipode, failed, failedElsewhere, finished, judged, seen } from './antipode.ts';
import { broken, inWorld } from './shared-world.ts';

// Failing runs for a claim on times and one on data, and a kill, on the real world with real Toxiproxy. The passing
// runs are in fis.run.test.ts, which compares the two drivers; test/all has every kind of fault.

const short = (name: string): string => `test/experiments/${name}.yaml`;
/** Low enough for two cores that also run the world; probes supply the evidence. */
const RATE = ['--rate', '60'];
const chaos = (name: string, ...more: string[]) => judged(['chaos', short(name), ...RATE, ...more]);

test.each([
  ['no-failover', 'short-outage', ['rto ap-southeast-1']],
  ['wrong-cart-winner', 'short-partition', ['cart-winner ap-southeast-1', 'cart-winner us-east-1']],
])('%s is found by %s, with no other failing cell', async (defect, experiment, red) => {
  const { exitCode, result, text } = await chaos(experiment, '--defect', defect);
  expect(failed(result), text).toEqual(expect.arrayContaining(red));
  expect(failedElsewhere(result), text).toEqual([]);
  expect(exitCode, text).toBe(1);
});

test('kill -9 of the harness during a fault: the keeper undoes it, heal finds nothing, and a second harness is rejected', async () => {
  await inWorld(async (path, file) => {
    const running = antipode(['chaos', short('short-outage'), ...RATE, '--world', path]);
    await seen(running, /: in effect/);
    const second = await finished(antipode(['chaos', short('short-redis-loss'), ...RATE, '--world', path]));
    expect(second.text).toMatch(/another run is injecting faults into this target/);
    expect(second.exitCode).toBe(2);
    expect(await broken(file)).not.toEqual([]);
    running.kill('SIGKILL');
    await running;
    await expect.poll(() => broken(file), { timeout: 10_000, interval: 100 }).toEqual([]);
    const heal = await finished(antipode(['heal', '--world', path]));
    expect(heal.exitCode, heal.text).toBe(0);
    expect(heal.text).toMatch(/No open fault/);
  });
});

test('bad input is rejected with exit 2, and nothing is started', async () => {
  const cases: [args: string[], says: RegExp][] = [
    [['chaos'], /region-outage[\s\S]*redis-loss/],
    [['chaos', 'region-outrage'], /unknown experiment/],
    [['chaos', 'region-outage', '--region', 'mars-1'], /mars-1/],
    [['chaos', 'region-outage', '--duration', '5'], /fixed length/],
    [['heal', '--wrold', 'x'], /--world/],
  ];
  for (const [args, says] of cases) {
    const { exitCode, text } = await finished(antipode(args));
    expect(text).toMatch(says);
    expect(exitCode, text).toBe(2);
  }
});

test('plan shows timeline, sites and blast radius of an experiment and sends nothing', async () => {
  const { exitCode, text } = await finished(antipode(['plan', '--experiment', 'region-outage']));
  expect(exitCode, text).toBe(0);
  expect(text).toMatch(/region-outage \(region ap-southeast-1, face refused\) at ingress-ap-southeast-1/);
  expect(text).toMatch(/Blast radius: ap-southeast-1/);
  expect(text).toMatch(
    /Route 53: 3 failed checks .* after 2 s to 3 s; TTL 5 s; clients move: fresh and ttl after 2 s to 8 s/,
  );
});
