/**
 * `npm run bench [-- name …]`: measures the figures of docs/benchmarks.md in one go and prints them as a table.
 * Run it on a quiet machine: every figure is of this machine at this time. BENCH_RUNS: how many whole runs `clock` and
 * `guard` make, in place of 20 and 5.
 */
import { execa } from 'execa';
import { readFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { textTable } from '../../src/formats/text-table.ts';
import { blackholeBench } from './blackhole.ts';
import { clockBench } from './clock.ts';
import { generatorBench } from './generator.ts';
import { guardBench } from './guard.ts';
import { judgeBench } from './judge.ts';
import { keeperBench } from './keeper.ts';
import { lanesBench } from './lanes.ts';
import { startBench } from './start.ts';
import { truthBench } from './truth.ts';

/** Each returns rows of [figure, measured, required]. */
const BENCHES: Record<string, () => Promise<string[][]>> = {
  generator: generatorBench,
  truth: truthBench,
  lanes: lanesBench,
  timetable: timetableBench,
  judge: judgeBench,
  start: startBench,
  keeper: keeperBench,
  clock: clockBench,
  blackhole: blackholeBench,
  guard: guardBench,
};

/** Runs in its own process, so that the peak memory is its own. */
async function timetableBench(): Promise<string[][]> {
  const { stdout } = await execa(process.execPath, ['--import', 'tsx', `${import.meta.dirname}/timetable.ts`]);
  const { rows, seconds, peakMegabytes } = JSON.parse(stdout) as Record<string, number>;
  return [
    [`${rows!.toLocaleString('en')} rows planned`, `${seconds} s`, '<= 30 s'],
    ['… peak RSS', `${peakMegabytes} MB`, '<= 600 MB'],
  ];
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`Unknown benchmark: ${unknown.join(', ')}. Expected: ${Object.keys(BENCHES).join(', ')}.`);
  process.exit(2);
}
const kernel = (await readFile('/proc/version', 'utf8').catch(() => '')).split(' ')[2] ?? '';
console.log(
  `${new Date().toISOString().slice(0, 10)}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, ` +
    `${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${kernel}, Node ${process.version}\n`,
);
const rows: string[][] = [];
for (const [name, bench] of Object.entries(BENCHES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  process.stderr.write(`${name} …\n`);
  const measured = await bench();
  for (const row of measured) process.stderr.write(`  ${row.join(' | ')}\n`);
  rows.push(...measured);
}
const columns = ['figure', 'measured', 'required'].map((title) => ({ title, align: 'left' as const }));
console.log(textTable(columns, rows).join('\n'));
