import { test } from 'vitest';
import { expectSameVerdicts } from '../fis-verdicts.ts';

// The experiments that `npm test` leaves out; the outage is in test/fis.run.test.ts.

test.each([
  ['short-redis-loss', ['--face', 'blackhole']],
  ['short-partition', []],
])('%s has the same verdicts through Toxiproxy and through FIS', (experiment, face) =>
  expectSameVerdicts(['chaos', `test/experiments/${experiment}.yaml`, '--rate', '60', ...face]),
);
