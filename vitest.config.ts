import { defineConfig } from 'vitest/config';

// Three projects: unit tests beside the code, whole runs that `npm test` makes (test/*.run.test.ts),
// and every defect, kill and experiment (test/all/*.test.ts) that only `npm run test:all` makes.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{src,reports,chaos,targets,scenarios}/**/*.test.ts', 'test/*.test.ts'],
          exclude: ['test/*.run.test.ts'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'runs',
          include: ['test/*.run.test.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'all',
          include: ['test/all/*.test.ts'],
          fileParallelism: false,
          testTimeout: 900_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
