import { expect, test } from 'vitest';
import { decided, failed, judged, notPassed } from '../antipode.ts';

// The reference system single-brain: it passes its claims and experiments, and each of its defects is found by the
// claim or the experiment that names it.

const TARGET = ['--target', 'single-brain'];
/** Low enough for two cores that also run the world, and enough for failing writes to be judged. */
const RATE = ['--rate', '100'];
const LOAD = ['load', '--profile', 'gate-test', ...TARGET];

const IN_EVERY_REGION = ['us-east-1', 'eu-west-1', 'ap-southeast-1'];
const EVERYWHERE = IN_EVERY_REGION.map((id) => `inventory ${id}`);

test.each([
  ['auth-from-replica', 'auth-source ap-southeast-1'],
  ['write-at-edge', 'write-source ap-southeast-1'],
  ['cdn-always-miss', 'edge single-brain'],
  ['inventory-outdated', ...EVERYWHERE],
  ['immortal-copies', ...EVERYWHERE],
  ['shared-copies', ...IN_EVERY_REGION.map((id) => `cache-scope ${id}`)],
  ['mislabelled-source', 'source-label ap-southeast-1'],
  ['slow-replica', 'near-reads single-brain'],
  ['diverging-replica', ...IN_EVERY_REGION.map((id) => `divergent-writes ${id}`)],
])('%s fails only %s', async (defect, ...red) => {
  const { exitCode, result, text } = await judged([...LOAD, '--defect', defect]);
  expect(failed(result), text).toEqual(red.toSorted());
  expect(exitCode, text).toBe(1);
});

test('it passes its claims with apac-heavy', async () => {
  const { exitCode, result, text } = await decided(['load', '--profile', 'apac-heavy', ...TARGET]);
  expect(notPassed(result), text).toEqual([]);
  expect(exitCode, text).toBe(0);
});

test.each([
  'replica-loss',
  'replica-lag',
  'primary-loss',
  'own-writes-under-lag',
  'edge-redis-loss',
  'edge-redis-slow',
  'edge-redis-full',
])(
  'it passes %s',
  async (experiment) => {
    const { exitCode, result, text } = await judged(['chaos', experiment, ...TARGET, ...RATE]);
    expect(notPassed(result), text).toEqual([]);
    expect(exitCode, text).toBe(0);
  },
);

test.each([
  ['no-fallback', 'replica-loss', 'during-bad-share ap-southeast-1'],
  ['lag-ignored', 'replica-lag', 'replica-out ap-southeast-1'],
  ['replica-stays-out', 'replica-lag', 'replica-back ap-southeast-1'],
  ['no-pin', 'own-writes-under-lag', 'read-your-writes ap-southeast-1'],
  ['slow-refusal', 'primary-loss', 'during-fail-fast ap-southeast-1'],
  ['redis-required', 'edge-redis-loss', 'during-bad-share ap-southeast-1'],
  ['redis-required', 'edge-redis-slow', 'during-bad-share ap-southeast-1'],
  ['copy-required', 'edge-redis-full', 'during-bad-share ap-southeast-1'],
])('%s is found by %s: %s', async (defect, experiment, red) => {
  const { exitCode, result, text } = await judged(['chaos', experiment, ...TARGET, ...RATE, '--defect', defect]);
  expect(failed(result), text).toContain(red);
  expect(exitCode, text).toBe(1);
});
