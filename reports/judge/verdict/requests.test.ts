import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PlanClaim, PlanOperation, PlanRegion, RunPlan } from '../../../src/formats/plan.ts';
import type { ShareVerdict } from '../../run-result.ts';
import { RequestTally } from '../../../claims/tally.ts';
import { BLOCKS } from '../../../claims/row.ts';
import { requestCells } from './requests.ts';
import { RecordingNotes } from '../../../claims/recording-notes.ts';

/** Verdicts on availability cells, one per region, with these counts spread evenly over the blocks. */
function verdicts(
  maxBadShare: number,
  cells: { bad: number; total: number; reached?: number; gating?: boolean }[],
): ShareVerdict[] {
  const claims = [true, false].map((gating) => ({
    id: gating ? 'availability' : 'info',
    kind: 'availability',
    per: 'region',
    gating,
    maxBadShare,
  })) as PlanClaim[];
  const tallies = cells.map(({ bad, total, reached = 1, gating = true }, subject): RequestTally => {
    const claim = gating ? 0 : 1;
    const cell = {
      claim,
      subject,
      limitMs: null,
      floorMs: null,
      infeasible: false,
      plannedRequests: total,
      passProbability: 1,
      failProbability: 1,
      secondsToDecide: null,
    };
    const even = (n: number): Uint32Array =>
      Uint32Array.from({ length: BLOCKS }, (_, i) => Math.floor(((i + 1) * n) / BLOCKS) - Math.floor((i * n) / BLOCKS));
    const tally = new RequestTally(cell, claims[claim]!, subject, () => {});
    tally.total.set(even(total));
    tally.bad.set(even(bad));
    tally.reached = reached;
    return tally;
  });
  const regions = cells.map((_, i) => ({ id: `region-${i}` }) as PlanRegion);
  const plan = { regions, claims, operations: [] as PlanOperation[] } as RunPlan;
  return requestCells(plan, tallies, [], new RecordingNotes(plan, () => 0));
}

const statuses = (...args: Parameters<typeof verdicts>): string[] => verdicts(...args).map((v) => v.status);

test('The least evidence that passes is that of Clopper and Pearson: 299 requests without a bad one for a p99', () => {
  expect(statuses(0.01, [{ bad: 0, total: 299 }])).toEqual(['PASS']);
  expect(statuses(0.01, [{ bad: 0, total: 298 }])).toEqual(['INCONCLUSIVE']);
  expect(statuses(0.01, [{ bad: 10, total: 1693 }])).toEqual(['PASS']);
  expect(statuses(0.001, [{ bad: 5, total: 10_511 }])).toEqual(['PASS']);
  expect(statuses(0.001, [{ bad: 5, total: 10_510 }])).toEqual(['INCONCLUSIVE']);
});

test('A cell that would fail alone does not fail among thirty, but a clear one does', () => {
  // 17 of 1,000 where 1 % may be bad: p = 0.027.
  const open = { bad: 17, total: 1000 };
  const fine = { bad: 0, total: 3000 };
  expect(statuses(0.01, [open])).toEqual(['FAIL']);
  const among = verdicts(0.01, [open, ...Array.from({ length: 29 }, () => fine)]);
  expect(among[0]!.status).toBe('INCONCLUSIVE');
  expect(among[0]!.lowerShare).toBeGreaterThan(0.01);
  expect(among[0]!.requestsLacking).toBeGreaterThan(0);
  expect(statuses(0.01, [{ bad: 40, total: 1000 }, ...Array.from({ length: 29 }, () => fine)])[0]).toBe('FAIL');
});

test('Informational cells do not make it harder for gating ones to fail', () => {
  const informational = Array.from({ length: 30 }, () => ({ bad: 0, total: 3000, gating: false }));
  expect(statuses(0.01, [{ bad: 17, total: 1000 }, ...informational])[0]).toBe('FAIL');
});

test('A cell without user requests never passes, however good the probes are; but it can fail', () => {
  expect(statuses(0.01, [{ bad: 0, total: 1e6, reached: 0 }])).toEqual(['INCONCLUSIVE']);
  expect(verdicts(0.01, [{ bad: 0, total: 1e6, reached: 0 }])[0]!.requestsLacking).toBe(null);
  expect(statuses(0.01, [{ bad: 500, total: 1000, reached: 0 }])).toEqual(['FAIL']);
});

test('An empty cell is INCONCLUSIVE', () => {
  const [cell] = verdicts(0.01, [{ bad: 0, total: 0 }]);
  expect(cell).toMatchObject({ status: 'INCONCLUSIVE', badShare: null, lowerShare: null, upperShare: null });
});

test('An INCONCLUSIVE cell names a number of requests that decides it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 30_000 }),
      fc.double({ min: 0, max: 2.5, noNaN: true }),
      fc.constantFrom(0.05, 0.01, 0.001),
      fc.integer({ min: 0, max: 20 }),
      (total, times, maxBadShare, others) => {
        const bad = Math.min(total, Math.round(total * times * maxBadShare));
        const rest = Array.from({ length: others }, () => ({ bad: 0, total: 10_000 }));
        const [cell] = verdicts(maxBadShare, [{ bad, total }, ...rest]);
        fc.pre(cell!.status === 'INCONCLUSIVE' && cell!.requestsLacking !== null);
        const supplied = total + cell!.requestsLacking;
        const passes = bad / total < maxBadShare;
        const share = (bad / total) * supplied;
        const then = passes ? Math.ceil(share - 1e-9) : Math.floor(share + 1e-9);
        const [settled] = verdicts(maxBadShare, [{ bad: then, total: supplied }, ...rest]);
        expect(settled!.status).toBe(passes ? 'PASS' : 'FAIL');
      },
    ),
  );
});

test('A bound beyond the limit never reads like the limit', () => {
  const [failed] = verdicts(0.01, [{ bad: 16, total: 1000 }]);
  expect(failed!.status).toBe('FAIL');
  // 1.006 %, which by itself reads 1 %.
  expect(failed!.why).toContain('at least 1.01 %; the limit is 1 %');
});

test('Every verdict agrees with its bounds', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50_000 }), fc.nat(500), (total, k) => {
      const [cell] = verdicts(0.01, [{ bad: Math.min(k, total), total }]);
      const expected = cell!.upperShare! <= 0.01 ? 'PASS' : cell!.lowerShare! > 0.01 ? 'FAIL' : 'INCONCLUSIVE';
      expect(cell!.status).toBe(expected);
      expect(cell!.requestsLacking === 0).toBe(cell!.status !== 'INCONCLUSIVE');
    }),
  );
});
