import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PlanOperation, PlanPhase, RunPlan } from '../formats/plan.ts';
import { TIMETABLE_ROW_WORDS } from '../formats/timetable.ts';
import { spread } from '../plan/spread.ts';
import { RateLimit } from './rate-limit.ts';

const SECONDS = 10;

/** A plan of two operations, a request and a journey of three, and the control series. */
const plan = (maxRatePerSecond: number): RunPlan =>
  ({
    operations: [
      { kind: 'request', steps: [] },
      { kind: 'journey', steps: [0, 0, 0] },
      { kind: 'request', steps: [] },
    ] as unknown as PlanOperation[],
    phases: [
      { name: 'warm-up', fromMs: 0, toMs: 3000, judged: false },
      { name: 'baseline', fromMs: 3000, toMs: SECONDS * 1000, judged: true },
    ] as PlanPhase[],
    target: { maxRatePerSecond },
    streams: [],
  }) as unknown as RunPlan;

const timetable = (rows: { dueMs: number; operation: number }[]): Uint32Array => {
  const words = new Uint32Array(rows.length * TIMETABLE_ROW_WORDS);
  for (const [i, { dueMs, operation }] of rows.entries()) words.set([dueMs, operation, i, 0], i * TIMETABLE_ROW_WORDS);
  return words;
};

const bytes = (words: Uint32Array): Uint8Array => new Uint8Array(words.buffer);

/** The most that any second holds of these instants. */
function busiest(instants: number[]): number {
  const sorted = instants.toSorted((a, b) => a - b);
  let [most, from] = [0, 0];
  for (const [to, ms] of sorted.entries()) {
    while (sorted[from]! <= ms - 1000) from += 1;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

describe('a timetable that is spread', () => {
  const row = fc.record({ dueMs: fc.nat(SECONDS * 1000 - 1), operation: fc.constantFrom(0, 0, 0, 1, 2) });

  test('has no second above the limit, keeps its order, and keeps every request in its phase', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 120 }), (rows) => {
        const [limit, words] = [40, timetable(rows)];
        spread(words, plan(limit));
        const due = rows.map((_, i) => words[i * TIMETABLE_ROW_WORDS]!);
        const requests = rows.flatMap(({ operation }, i) =>
          Array.from({ length: [1, 3, 0][operation]! }, () => due[i]!),
        );
        expect(busiest(requests)).toBeLessThanOrEqual(limit);
        for (const [i, { dueMs, operation }] of rows.entries()) {
          if (operation === 2) expect(due[i]).toBe(dueMs);
          expect(dueMs < 3000).toBe(due[i]! < 3000);
          for (const [j, other] of rows.entries())
            if (operation !== 2 && other.operation !== 2 && dueMs < other.dueMs)
              expect(due[i]).toBeLessThanOrEqual(due[j]!);
        }
      }),
    );
  });

  test('stays as it is where no second is above the limit, and without a limit', () => {
    const rows = Array.from({ length: 100 }, (_, i) => ({ dueMs: i * 100, operation: 0 }));
    const [words, before] = [timetable(rows), timetable(rows)];
    spread(words, plan(12));
    expect(words).toEqual(before);
    const crowd = timetable(rows.map(({ operation }) => ({ dueMs: 5, operation })));
    spread(crowd, { ...plan(10), target: { ...plan(10).target, maxRatePerSecond: null } });
    expect(new Set(crowd.filter((_, i) => i % TIMETABLE_ROW_WORDS === 0))).toEqual(new Set([5]));
  });
});

describe('the limit of a target', () => {
  test('holds in every second, for any order of requests', () => {
    const ask = fc.record({
      atMs: fc.nat(SECONDS * 1000),
      lateByMs: fc.option(fc.integer({ min: 20, max: 4000 })),
      now: fc.boolean(),
    });
    const planned = fc.array(fc.record({ dueMs: fc.nat(SECONDS * 1000 - 1), operation: fc.constantFrom(0, 1) }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(planned, fc.array(ask, { maxLength: 150 }), (rows, asks) => {
        const [limit, words] = [30, timetable(rows)];
        spread(words, plan(limit));
        const rate = new RateLimit(plan(limit), bytes(words), limit, SECONDS * 1000 + 5000);
        const sent = rows.flatMap(({ operation }, i) =>
          Array.from({ length: [1, 3][operation]! }, () => words[i * TIMETABLE_ROW_WORDS]!),
        );
        for (const { atMs, now } of asks) {
          const waitMs = rate.take(atMs, null, now);
          if (now) expect([0, -1]).toContain(waitMs);
          if (waitMs >= 0) sent.push(atMs + waitMs);
        }
        expect(busiest(sent)).toBeLessThanOrEqual(limit);
      }),
    );
  });

  test('frees the slot of a late request', () => {
    const rows = Array.from({ length: 10 }, () => ({ dueMs: 500, operation: 0 }));
    const rate = new RateLimit(plan(10), bytes(timetable(rows)), 10, 15_000);
    expect(rate.take(700, null, true)).toBe(-1);
    expect(rate.take(700, 500, false)).toBe(0);
    expect(rate.take(700, null, true)).toBe(-1);
    expect(rate.take(700, null, false)).toBeGreaterThan(700);
  });

  test('below one per second holds over the time of one request', () => {
    const rate = new RateLimit(plan(0.2), bytes(timetable([])), 0.2, 60_000);
    expect(rate.take(0, null, false)).toBe(0);
    expect(rate.take(0, null, false)).toBeGreaterThanOrEqual(5000);
  });
});
