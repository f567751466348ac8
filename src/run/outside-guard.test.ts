import { describe, expect, test } from 'vitest';
import type { PlanExperiment } from '../formats/faults.ts';
import type { RunPlan } from '../formats/plan.ts';
import { emptyRow, ROW_STATE } from '../formats/recording.ts';
import { TIMETABLE_ROW_WORDS, type TimetableIndex } from '../formats/timetable.ts';
import { outsideGuard } from './outside-guard.ts';

// Client 0 is at home in the hurt region 1, client 1 in region 0; a hundred rows each.
const plan = { origins: [{ homeRegion: 1 }, { homeRegion: 0 }], durationMs: 60_000 } as RunPlan;
const experiment = { regions: [1], guards: { outsideBadShare: 0.1, windowMs: 5_000 } } as PlanExperiment;
const index: TimetableIndex = {
  version: 1,
  totalRows: 200,
  clients: { firstRow: [0, 100], rows: [100, 100], origin: [0, 1], cohort: [0, 0], role: [0, 0] },
};

/** Rows of a client every 100 ms from 10 s on. */
const words = new Uint32Array(200 * TIMETABLE_ROW_WORDS);
for (let i = 0; i < 200; i += 1) words[i * TIMETABLE_ROW_WORDS] = 10_000 + (i % 100) * 100;
const timetable = new Uint8Array(words.buffer);

const row = (number: number, endMs: number, bad: boolean) => ({
  ...emptyRow(),
  row: number,
  startMs: endMs,
  state: bad ? ROW_STATE.bad : 0,
});

describe('the guard of an experiment', () => {
  test('is violated by failures outside the blast radius, and counts them', () => {
    const guard = outsideGuard(plan, experiment, index, timetable);
    for (let i = 0; i < 40; i += 1) guard.add(row(100 + i, 10_000 + i * 100, i % 4 === 0));
    expect(guard.violation(14_000)).toMatch(/^25\.0 % of 40 requests outside/);
  });

  test('is not violated by failures inside it, by few of them, or by old ones', () => {
    const guard = outsideGuard(plan, experiment, index, timetable);
    for (let i = 0; i < 50; i += 1) guard.add(row(i, 10_000 + i * 50, true));
    for (let i = 0; i < 40; i += 1) guard.add(row(100 + i, 10_000 + i * 100, i % 20 === 0));
    expect(guard.violation(14_000)).toBeNull();
    for (let i = 40; i < 100; i += 1) guard.add(row(100 + i, 10_000 + i * 100, true));
    expect(guard.violation(18_000)).not.toBeNull();
    expect(guard.violation(60_000)).toBeNull();
  });

  test('is violated by requests that hang, two seconds after they were due, long before they time out', () => {
    const guard = outsideGuard(plan, experiment, index, timetable);
    for (let i = 0; i < 50; i += 1) guard.add(row(100 + i, 10_000 + i * 100, false));
    expect(guard.violation(15_900)).toBeNull();
    // Due from 15 s on, and silent: at 17.9 s nine of them are two seconds late.
    expect(guard.violation(18_000)).toMatch(/bad or overdue/);
  });
});
