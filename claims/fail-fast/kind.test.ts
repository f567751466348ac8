import { describe, expect, it } from 'vitest';
import type { PlanCell, PlanClaim, RunPlan } from '../../src/formats/plan.ts';
import type { JudgedRow } from '../row.ts';
import { RequestTally } from '../tally.ts';
import { failFast } from './kind.ts';

describe('failing fast', () => {
  it('counts the requests that failed, and those of them that took longer than the limit', () => {
    const cell = { limitMs: 1_000 } as PlanCell;
    const tally = new RequestTally(cell, {} as PlanClaim, 0, () => {});
    const count = failFast.counter({} as RunPlan, 0, null);
    const rows: [bad: boolean, tookMs: number][] = [
      [false, 5_000],
      [true, 20],
      [true, 1_000],
      [true, 1_001],
    ];
    for (const [bad, tookMs] of rows)
      count({ block: 0, bad, latencyUs: 1_000 * tookMs, lnUs: Math.log(1_000 * tookMs) } as JudgedRow, tally);
    expect([tally.total[0], tally.bad[0]]).toEqual([3, 1]);
  });
});
