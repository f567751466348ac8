import { describe, expect, test } from 'vitest';
import type { RunPlan } from '../formats/plan.ts';
import { emptyRow, ROW_STATE } from '../formats/recording.ts';
import { CLIENT_ROLES, TIMETABLE_ROW_WORDS, type TimetableIndex } from '../formats/timetable.ts';
import { baselineWatch } from './baseline-watch.ts';

const ROWS = 1000;

// One probe that stands in region 0 and reads every 10 ms; the baseline is the second second to the ninth.
const plan = {
  regions: [{ id: 'us-east-1' }],
  origins: [{ homeRegion: 0 }],
  operations: [{ kind: 'request', class: 'read' }],
  phases: [
    { name: 'warm-up', fromMs: 0, toMs: 1_000, judged: false },
    { name: 'baseline', fromMs: 1_000, toMs: 9_000, judged: true },
  ],
  claims: [
    {
      id: 'read-p99',
      kind: 'latency',
      classes: ['read'],
      vantage: 'region',
      per: 'region',
      phase: 'baseline',
      maxBadShare: 0.01,
    },
  ],
  cells: [{ claim: 0, subject: 0, limitMs: 120, infeasible: false }],
} as unknown as RunPlan;

const index: TimetableIndex = {
  version: 1,
  totalRows: ROWS,
  clients: { firstRow: [0], rows: [ROWS], origin: [0], cohort: [3], role: [CLIENT_ROLES.indexOf('probe')] },
};

const timetable = new Uint32Array(ROWS * TIMETABLE_ROW_WORDS);
for (let row = 0; row < ROWS; row += 1) timetable[row * TIMETABLE_ROW_WORDS] = row * 10;
const bin = new Uint8Array(timetable.buffer);

const row = (number: number, latencyMs: number, bad = false) => ({
  ...emptyRow(),
  row: number,
  startMs: number * 10,
  totalUs: latencyMs * 1000,
  state: bad ? ROW_STATE.bad : 0,
});

describe('the watch over a baseline', () => {
  test('finds nothing in a good baseline, whatever its warm-up was like', () => {
    const watch = baselineWatch(plan, index, bin);
    for (let i = 0; i < 900; i += 1) watch.add(row(i, i < 100 ? 5_000 : 20));
    expect(watch.failure()).toBeNull();
  });

  test('finds a claim that has provably failed, by latency or by errors, and names it', () => {
    for (const bad of [false, true]) {
      const watch = baselineWatch(plan, index, bin);
      for (let i = 100; i < 900; i += 1) watch.add(row(i, i % 20 === 0 && !bad ? 300 : 20, bad && i % 20 === 0));
      expect(watch.failure()).toBe(
        'read-p99 in us-east-1 failed in the baseline, before any fault: 40 of 800 requests bad',
      );
    }
  });

  test('leaves out claims whose requests are bad for another reason than errors or latency', () => {
    const claims = plan.claims.map((claim) => ({ ...claim, kind: 'home-share' as const }));
    const watch = baselineWatch({ ...plan, claims }, index, bin);
    for (let i = 100; i < 900; i += 1) watch.add(row(i, 300, true));
    expect(watch.failure()).toBeNull();
  });

  test('does not report a claim that has not provably failed', () => {
    const watch = baselineWatch(plan, index, bin);
    for (let i = 100; i < 900; i += 1) watch.add(row(i, i % 70 === 0 ? 300 : 20));
    expect(watch.failure()).toBeNull();
  });
});
