import { expect, test } from 'vitest';
import { failed, judged } from '../antipode.ts';
import { expectSameVerdicts } from '../fis-verdicts.ts';

// The experiments that `npm test` does not run; test/fis.run.test.ts has the outage.

test.each([
  ['short-redis-loss', ['--face', 'blackhole']],
  ['short-partition', []],
])('%s has the same verdicts through Toxiproxy and through FIS', (experiment, face) =>
  expectSameVerdicts(['chaos', `test/experiments/${experiment}.yaml`, '--rate', '60', ...face]),
);

test('no failover is found through FIS as well', async () => {
  const outage = ['chaos', 'test/experiments/short-outage.yaml', '--rate', '60'];
  const { exitCode, result, text } = await judged([...outage, '--driver', 'fis', '--defect', 'no-failover']);
  expect(failed(result), text).toContain('rto ap-southeast-1');
  expect(exitCode, text).toBe(1);
});
