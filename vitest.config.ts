import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { ClaimsTable } from './test/claims-table.ts';
import { TierTable } from './test/tier-table.ts';

// Directory for each invocation's test counts, set by CI. The tables of `npm run test:all` go there too, else to runs/.
const counts = process.env['ANTIPODE_TEST_COUNTS'];

const json = (outputFile: string): [string, Record<string, unknown>] => ['json', { outputFile }];

// Tests that measure milliseconds: no other test runs at the same time.
const TIMED = ['src/lanes/*.test.ts', 'targets/world/kit/delay-hop.test.ts'];

// Five projects: `unit` (beside the code, and test/*.test.ts), `timed` (unit tests that measure milliseconds), `runs`
// (whole runs, in `npm test`), `all` (every defect, kill and experiment, only in `npm run test:all`) and `compose`
// (docker-compose.yml on the tests' own Docker engine, `npm run test:compose`, as root).
export default defineConfig({
  test: {
    reporters: [
      'default',
      new TierTable(counts ?? join(import.meta.dirname, 'runs')),
      new ClaimsTable(counts ?? join(import.meta.dirname, 'runs')),
      ...(counts ? [json(join(counts, `${Date.now()}-${process.pid}.json`))] : []),
    ],
    teardownTimeout: 30_000,
    // Vitest leaves one core idle, which is half of two; unit tests wait more than they compute.
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
