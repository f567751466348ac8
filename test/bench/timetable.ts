/**
 * Compiles a timetable of ten million requests and prints rows, seconds and peak memory. Runs in its own process: `node
 * --import tsx test/bench/timetable.ts [rows]`.
 */
import { loadProfile, loadTarget } from '../../src/config/load.ts';
import { compilePlan } from '../../src/plan/compile.ts';
import { compileTimetable } from '../../src/plan/timetable.ts';

const rows = Number(process.argv[2] ?? 10_000_000);
const RATE_PER_SECOND = 2_000;
const target = { ...(await loadTarget('active-active')), maxRatePerSecond: RATE_PER_SECOND };
const profile = await loadProfile('world');
const begun = performance.now();
const plan = compilePlan({
  profile,
  target,
  seed: 1,
  quick: false,
  durationSeconds: rows / RATE_PER_SECOND,
  ratePerSecond: RATE_PER_SECOND,
  runId: 'bench',
  createdAt: '',
  command: '',
  defect: null,
  routing: 'fast',
});
const { index } = compileTimetable(plan, profile);
const seconds = (performance.now() - begun) / 1000;
const peakMegabytes = process.resourceUsage().maxRSS / 1024;
console.log(
  JSON.stringify({
    rows: index.totalRows,
    clients: index.clients.rows.length,
    seconds: Number(seconds.toFixed(1)),
    peakMegabytes: Math.round(peakMegabytes),
  }),
);
