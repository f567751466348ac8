import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ERRORS, NO_REGION, type RecordedRow, ROW_STATE } from '../../src/formats/recording.ts';
import { naiveJudge } from '../../test/naive-judge.ts';
import { seeded, type SyntheticExperiment } from '../../test/synthetic/options.ts';
import { writeSyntheticRun } from '../../test/synthetic/run.ts';
import type { ShareVerdict } from '../run-result.ts';
import { judgeRun } from './index.ts';

const runs = fc.record({
  seed: fc.integer({ min: 1, max: 1e6 }),
  regions: fc.integer({ min: 1, max: 3 }),
  cities: fc.integer({ min: 1, max: 6 }),
  ratePerSecond: fc.integer({ min: 5, max: 40 }),
  probesPerSecond: fc.integer({ min: 5, max: 40 }),
  judgedMs: fc.integer({ min: 3000, max: 15_000 }),
  replicaLagMs: fc.constantFrom(10, 400, 700, 2000),
  stopAtMs: fc.option(fc.integer({ min: 3000, max: 10_000 }), { nil: undefined }),
  slow: fc.constantFrom(0, 0.005, 0.05, 0.3),
  failed: fc.constantFrom(0, 0.001, 0.02),
  refused: fc.constantFrom(0, 0.02),
  misrouted: fc.constantFrom(0, 0.01, 0.2),
  late: fc.constantFrom(0, 0.005, 0.05),
  experiment: fc.constantFrom<(SyntheticExperiment | undefined)[]>(undefined, {
    faults: [{ atMs: 0, forMs: 4000 }],
    regions: [0],
    settleMs: 1000,
    recoveryMs: 3000,
    clockPerSecond: 2,
  }),
});

test('The judge agrees with an independent computation from raw rows', async () => {
  await fc.assert(
    fc.asyncProperty(runs, async ({ slow, failed, refused, misrouted, late, stopAtMs, experiment, ...options }) => {
      const dir = await mkdtemp(join(tmpdir(), 'antipode-naive-'));
      try {
        const random = seeded(options.seed + 1);
        await writeSyntheticRun(dir, {
          ...options,
          // A run that is stopped before its fault has cells that say so, whatever they counted.
          ...(stopAtMs === undefined ? {} : { stopAtMs }),
          ...(stopAtMs === undefined && experiment ? { experiment } : {}),
          plant: ({ role, home, step }, drawn) => {
            const change: Partial<RecordedRow> = {};
            if (random() < slow) change.totalUs = drawn.totalUs + Math.floor(random() * 400_000);
            if (random() < late) change.startMs = drawn.startMs + 15 + Math.floor(random() * 30);
            if (role !== 'control' && drawn.servedRegion !== NO_REGION && random() < misrouted) {
              change.requestedRegion = random() < 0.5 ? home : (home + 1) % options.regions;
              change.servedRegion = (home + 1) % options.regions;
            }
            if (random() < failed) {
              change.status = 500;
              change.error = ERRORS.indexOf('http-5xx');
              change.state = drawn.state | ROW_STATE.bad;
            } else if (random() < refused) {
              change.status = 0;
              change.error = ERRORS.indexOf('refused');
              change.state = drawn.state | ROW_STATE.bad;
              change.servedRegion = NO_REGION;
              change.source = 0;
              if (step === 0 && random() < 0.3) change.requestedRegion = NO_REGION;
            }
            return change;
          },
        });
        const [naive, judged] = [naiveJudge(dir), await judgeRun(dir, { judgedAt: '2025-01-01T00:00:00Z' })];
        expect(judged.conservation.recorded).toBe(naive.recorded);
        expect(judged.conservation.interrupted).toBeGreaterThanOrEqual(naive.interrupted);
        expect(judged.conservation).toMatchObject({ missing: 0, duplicates: 0, unknown: 0 });
        const lagOk = naive.lagLateShare.every((share) => !(share > 0.01));
        expect(judged.validity.find((v) => v.id === 'generator-lag')?.ok).toBe(
          lagOk || judged.cells.every((c) => c.total === 0),
        );
        for (const [i, cell] of (judged.cells as ShareVerdict[]).entries()) {
          const other = naive.cells[i]!;
          expect(cell).toMatchObject({
            claim: other.claim,
            subject: other.subject,
            total: other.total,
            bad: other.bad,
          });
          expect(cell.designEffect).toBeCloseTo(other.designEffect, 9);
          const status = /Otherwise it would be (\w+)/.exec(cell.why)?.[1] ?? cell.status;
          expect(`${cell.claim} ${cell.subject} ${status}`).toBe(`${other.claim} ${other.subject} ${other.status}`);
          // To within a bin of half a percent, and the microsecond that figures are rounded to.
          const near = 0.0051 * (other.valueMs ?? 0) + 0.011;
          expect(cell.valueMs === null).toBe(other.valueMs === null);
          expect(Math.abs((cell.valueMs ?? 0) - (other.valueMs ?? 0))).toBeLessThanOrEqual(near);
        }
        for (const { origin, withinShare } of judged.origins)
          expect(withinShare ?? 0).toBeCloseTo(naive.within.get(origin) || 0, 12);
      } finally {
        await rm(dir, { recursive: true, force: true });
      }
    }),
    { numRuns: 40 },
  );
}, 120_000);
