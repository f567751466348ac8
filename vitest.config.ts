import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { TierTable } from './test/tier-table.ts';

// Where CI wants each invocation's counts; people read the terminal. Tables of the second tier are there, or in runs/.
const counts = process.env['ANTIPODE_TEST_COUNTS'];

const json = (outputFile: string): [string, Record<string, unknown>] => ['json', { outputFile }];

// Tests that time what takes milliseconds: nothing runs beside them.
const TIMED = ['src/lanes/*.test.ts', 'targets/world/kit/delay-hop.test.ts'];

// Five projects: unit tests beside the code (and of the house, test/*.test.ts), those of them that time, whole runs
// that `npm test` makes (test/*.run.test.ts), every defect, kill and experiment (test/all/*.test.ts) that only `npm run
// test:all` makes, and docker-compose.yml on a Docker engine of the test's own (test/compose/*.test.ts) by `npm run
// test:compose`, as root.
export default defineConfig({
  test: {
    reporters: [
      'default',
      new TierTable(counts ?? join(import.meta.dirname, 'runs')),
      ...(counts ? [json(join(counts, `${Date.now()}-${process.pid}.json`))] : []),
    ],
    teardownTimeout: 30_000,
    // Vitest leaves one core idle, which is half of a machine with two; unit tests wait more than they reckon.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{src,claims,reports,chaos,targets,scenarios}/**/*.test.ts', 'test/*.test.ts'],
          exclude: ['test/*.run.test.ts', ...TIMED],
          globalSetup: 'test/set-up-tools.ts',
          testTimeout: 20_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'timed',
          include: TIMED,
          sequence: { groupOrder: 1 },
          fileParallelism: false,
          testTimeout: 20_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'runs',
          include: ['test/*.run.test.ts'],
          globalSetup: 'test/set-up-tools.ts',
          fileParallelism: false,
          testTimeout: 900_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'all',
          include: ['test/all/*.test.ts'],
          globalSetup: 'test/set-up-tools.ts',
          fileParallelism: false,
          testTimeout: 900_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'compose',
          include: ['test/compose/*.test.ts'],
          fileParallelism: false,
          testTimeout: 900_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
