/**
 * Writes one small sealed run for every cause of an invalid run, and two valid ones, from synthetic data.
 *
 *   node --import tsx test/corpus/invalid.ts <folder of runs>
 *
 * main.ts compares them with the judge of another commit.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SyntheticOptions } from '../synthetic/options.ts';
import { type Cause, writeCause } from './cause.ts';
import { CAUSES_OF_CHECKS } from './causes-of-checks.ts';
import { CAUSES_OF_EXPERIMENTS, HEALED_OUTAGE } from './causes-of-experiments.ts';

const [folder] = process.argv.slice(2);
if (!folder) {
  console.error('usage: test/corpus/invalid.ts <folder of runs>');
  process.exit(2);
}
await mkdir(folder, { recursive: true });
const sets: [base: SyntheticOptions, causes: Cause[]][] = [
  // Long enough to decide every cell, so that their verdicts are compared too.
  [{}, [{ name: 'healthy', options: () => ({ foreign: ['hello'], tail: '@r AAAA' }) }, ...CAUSES_OF_CHECKS]],
  [HEALED_OUTAGE, CAUSES_OF_EXPERIMENTS],
];
for (const [base, causes] of sets) for (const cause of causes) await writeCause(join(folder, cause.name), base, cause);
console.log(`${sets.flatMap(([, causes]) => causes).length} runs written to ${folder}`);
