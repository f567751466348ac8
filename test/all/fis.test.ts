import { test } from 'vitest';
import { expectSameVerdicts } from '../fis-verdicts.ts';

// The experiments that `npm test` does not run; test/fis.run.test.ts has the outage.

test.each([
  ['short-redis-loss', ['--face', 'blackhole']],
  ['short-partition', []],
])('%s has the same verdicts through Toxiproxy and through FIS', (experiment, face) =>
  expectSameVerdicts(['chaos', `test/experiments/${experiment}.yaml`, '--rate', '60', ...face]),
);
