import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { antipode, failed, failedElsewhere, finished, judged, notPassed } from '../antipode.ts';
import { broken, inWorld } from '../shared-world.ts';

// Every shipped experiment on the healthy world, and every defect of the world under the experiment that should find
// it. Kills during an experiment are in kills.test.ts.

const RATE = ['--rate', '60'];
/** Of the profile's 150/s, what two cores sustain that also run the target. */
const SUSTAINED = ['--rate', '100'];
const short = (name: string): string => `test/experiments/${name}.yaml`;

test.each([
  'region-outage',
  'replication-delay',
  'replication-pause',
  'redis-loss',
  'redis-cold',
  'inter-region-partition',
  'grey-region',
  'evacuation',
  'flapping-region',
  'outage-at-peak',
  'primary-outage',
])('the healthy world passes %s', async (name) => {
  const { exitCode, result, text } = await judged(['chaos', name, ...SUSTAINED]);
  expect(notPassed(result), text).toEqual([]);
  expect(exitCode, text).toBe(0);
});

test.each([
  'short-outage',
  'short-sessions',
  'short-redis-loss',
  'short-replication-delay',
  'short-redis-cold',
  'short-primary-outage',
])('and passes %s, including its claims on sessions, replicas and writes', async (name) => {
  const { exitCode, result, text } = await judged(['chaos', short(name), ...RATE]);
  expect(notPassed(result), text).toEqual([]);
  expect(exitCode, text).toBe(0);
});

test('and converges on every cart after a partition, with no write lost to an older version', async () => {
  const { exitCode, result, text } = await judged(['chaos', short('short-partition'), ...RATE]);
  expect(notPassed(result), text).toEqual([]);
  expect(result?.figures.carts, text).toMatchObject({ unclear: 0, ignored: 0, differing: 0 });
  expect(exitCode, text).toBe(0);
});

test.each(['blackhole', 'reset'])('and passes an outage of the face %s', async (face) => {
  const { exitCode, result, text } = await judged(['chaos', 'region-outage', ...RATE, '--face', face]);
  expect(notPassed(result), text).toEqual([]);
  expect(exitCode, text).toBe(0);
});

/** Defects that leave regions outside the fault, and the time after it, within their limits. */
const BREAKS_ALONE = ['no-failover', 'redis-required', 'silent-lag-alert', 'wrong-cart-winner'];

test.each([
  ['no-failover', 'short-outage', 'rto ap-southeast-1'],
  ['slow-health-check', 'short-outage', 'rto ap-southeast-1'],
  ['ttl-ignored', 'short-outage', 'rto ap-southeast-1'],
  ['no-fail-back', 'short-outage', 'fail-back ap-southeast-1'],
  ['redis-required', 'short-redis-loss', 'during-bad-share ap-southeast-1'],
  ['lost-writes', 'short-outage', 'lost-writes ap-southeast-1'],
  ['cache-after-delete', 'short-sessions', 'read-your-writes ap-southeast-1'],
  ['wrong-cart-winner', 'short-partition', 'cart-winner us-east-1'],
  ['silent-lag-alert', 'short-replication-delay', 'lag-alert ap-southeast-1'],
  ['lying-lag-dashboard', 'short-replication-delay', 'unreported-lag ap-southeast-1'],
  ['stampede', 'short-redis-cold', 'affected-read-p99 ap-southeast-1'],
  ['split-brain', 'short-primary-outage', 'divergent-writes eu-west-1'],
])('%s is found by %s: %s', async (defect, experiment, cell) => {
  const { exitCode, result, text } = await judged(['chaos', short(experiment), ...RATE, '--defect', defect]);
  expect(failed(result), text).toContain(cell);
  if (BREAKS_ALONE.includes(defect)) expect(failedElsewhere(result), text).toEqual([]);
  expect(exitCode, text).toBe(1);
});

test('a fault that does not take effect makes the run INVALID', async () => {
  const { exitCode, result, text } = await judged(['chaos', short('no-bite'), ...RATE]);
  expect(text).toMatch(/had no observable effect/);
  expect(result?.verdict, text).toBe('INVALID');
  expect(exitCode).toBe(4);
});

test('a baseline that violates a claim FAILs that claim, and nothing is injected', async () => {
  const { exitCode, result, text } = await judged(['chaos', short('short-outage'), ...RATE, '--defect', 'slow-region']);
  expect(text).toMatch(/no fault injected: read-p99 in eu-west-1/);
  expect(result?.why, text).toMatch(/read-p99 in eu-west-1/);
  expect(result?.figures.failover.faults[0]).toMatchObject({ t0Ms: null });
  expect(exitCode, text).toBe(1);
});

test('a guard that trips ends the run with exit 6, and the fault is undone within ten seconds', async () => {
  const { exitCode, result, text, runDir } = await judged(['chaos', short('guarded'), ...RATE]);
  expect(result?.verdict, text).toBe('ABORTED');
  expect(exitCode, text).toBe(6);
  const journal = (await readFile(`${runDir}/journal.jsonl`, 'utf8')).trim().split('\n');
  const at = (kind: string): number =>
    Date.parse(
      journal
        .map((line) => JSON.parse(line) as { at: string; event: { kind: string } })
        .find(({ event }) => event.kind === kind)!.at,
    );
  expect(at('fault-gone') - at('guard')).toBeLessThan(10_000);
});

test('without a journal, heal finds a fault by its name and leaves other toxics alone', async () => {
  await inWorld(async (path, file) => {
    const add = (proxy: string, name: string) =>
      fetch(`${file.toxiproxy.url}/proxies/${proxy}/toxics`, {
        method: 'POST',
        body: JSON.stringify({ name, type: 'latency', stream: 'downstream', attributes: { latency: 5 } }),
      });
    await add('redis-eu-west-1', 'antipode.somebody-elses-run.1.1700000000.latency_downstream');
    await add('redis-eu-west-1', 'theirs');
    const heal = await finished(antipode(['heal', '--world', path]));
    expect(heal.exitCode, heal.text).toBe(0);
    expect(heal.text).toMatch(/somebody-elses-run.*redis-eu-west-1.*undone/);
    expect(await broken(file)).toEqual(['redis-eu-west-1: theirs']);
  });
});
