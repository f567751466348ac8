import { describe, expect, it } from 'vitest';
import type { PlanCell, PlanClaim, RunPlan } from '../../src/formats/plan.ts';
import { type DataSource, emptyRow, SOURCES } from '../../src/formats/recording.ts';
import type { JudgedRow } from '../row.ts';
import { RequestTally } from '../tally.ts';
import { dataSource } from './kind.ts';

/** How many responses count, and how many of them are bad, for a claim that allows these sources. */
function counted(sources: DataSource[], rows: { source: DataSource; bad?: boolean }[]): [total: number, bad: number] {
  const claim = { sources } as PlanClaim;
  const tally = new RequestTally({ limitMs: null } as PlanCell, claim, 0, () => {});
  const count = dataSource.counter({ claims: [claim] } as RunPlan, 0, null);
  for (const { source, bad = false } of rows)
    count({ row: { ...emptyRow(), source: SOURCES.indexOf(source) }, block: 0, bad, latencyUs: 1 } as JudgedRow, tally);
  return [tally.total[0]!, tally.bad[0]!];
}

describe('the source of data', () => {
  it('is bad if the claim does not allow it, or if the response does not name one', () => {
    const rows = SOURCES.map((source) => ({ source }));
    expect(counted(['primary'], rows)).toEqual([SOURCES.length, SOURCES.length - 1]);
    expect(counted(['primary', 'cache'], rows)).toEqual([SOURCES.length, SOURCES.length - 2]);
  });

  it('of a failed request does not count: it has no data', () => {
    expect(counted(['primary'], [{ source: 'none', bad: true }, { source: 'primary' }])).toEqual([1, 0]);
  });
});
