import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellOf, judgeSynthetic, OUTAGE } from '../../../test/judge-synthetic.ts';
import { BITE_AFTER_MS, GONE_AFTER_MS, type SyntheticOptions } from '../../../test/synthetic/options.ts';
import { type Outage, plantOutage } from '../../../test/synthetic/outage.ts';
import { NO_REGION, ROW_STATE } from '../../../src/formats/recording.ts';
import type { RunResult } from '../../../reports/run-result.ts';
import type { CohortFailover, RegionFailover } from './schema.ts';

const FOLLOWS = { fresh: 4000, ttl: 7000, sticky: 5000 } as const;

/** The outage of OUTAGE; cohorts follow so long after it began, and return so long after it ended. */
function outage(face: Outage['face'], follows: Record<string, number> = FOLLOWS, backAfterMs = 3000): Outage {
  const { fromMs, toMs } = OUTAGE;
  return {
    region: 2,
    to: 1,
    fromMs,
    toMs,
    face,
    follows: Object.fromEntries(
      Object.entries(follows).map(([cohort, ms]) => [cohort, { awayMs: fromMs + ms, backMs: toMs + backAfterMs }]),
    ),
  };
}

const figures = (result: RunResult): RegionFailover => result.figures.failover.faults[0]!.regions[0]!;
const cohort = (result: RunResult, name: string): CohortFailover =>
  figures(result).cohorts.find((c) => c.cohort === name)!;
const judge = async (options: SyntheticOptions): Promise<RunResult> =>
  (await judgeSynthetic({ ...OUTAGE, ...options })).result;

describe('the failover clock', () => {
  it('finds the times of a refused region, per cohort and for the worst one', async () => {
    const result = await judge({ plant: plantOutage(outage('refused')) });
    const region = figures(result);
    expect(result.figures.failover.faults[0]).toMatchObject({
      askedMs: 42_000,
      t0Ms: OUTAGE.fromMs,
      revertMs: 72_000,
      t1Ms: OUTAGE.toMs,
    });
    expect(region).toMatchObject({ region: 'ap-southeast-1', timed: true, hasBaseline: true });
    expect(region.timeToImpactMs).toBeLessThanOrEqual(100);
    // A request takes a round trip (here up to 90 ms) after the switch.
    expect(region.failoverMs).toBeGreaterThanOrEqual(4000);
    expect(region.failoverMs).toBeLessThanOrEqual(4200);
    for (const [name, truthMs] of Object.entries(FOLLOWS)) {
      const { rtoFromMs, rtoToMs } = cohort(result, name);
      expect(rtoFromMs, name).toBeGreaterThan(truthMs - 100);
      expect(rtoFromMs, name).toBeLessThanOrEqual(truthMs + 2);
      expect(rtoToMs, name).toBeGreaterThanOrEqual(truthMs);
      expect(rtoToMs, name).toBeLessThanOrEqual(truthMs + 200);
    }
    expect(region.rtoToMs).toBe(cohort(result, 'ttl').rtoToMs);
    expect(cohort(result, 'direct')).toMatchObject({ timed: true, rtoFromMs: null, rtoToMs: null });
    expect(Math.abs(region.t50Ms! - 5000)).toBeLessThan(600);
    expect(Math.abs(region.t99Ms! - 7000)).toBeLessThan(300);
    expect(Math.abs(region.failBackMs! - (3000 - GONE_AFTER_MS + GONE_AFTER_MS))).toBeLessThan(200);
    expect(region.recoveryMs).toBeLessThan(3500);
  });

  it('excludes sticky clients if their connections hang, and counts them if they break', async () => {
    const stuck = plantOutage(outage('blackhole', { fresh: 4000, ttl: 7000 }));
    const judgeFault = (hangs: boolean) =>
      judge({ plant: stuck, changePlan: (plan) => void (plan.experiment!.faults[0]!.hangs = hangs) });
    const hangs = await judgeFault(true);
    expect(figures(hangs).excludedCohorts).toEqual(['direct', 'sticky']);
    expect(figures(hangs).rtoToMs).toBe(cohort(hangs, 'ttl').rtoToMs);
    expect(cohort(hangs, 'sticky').rtoToMs).toBeNull();
    const breaks = await judgeFault(false);
    expect(figures(breaks)).toMatchObject({ excludedCohorts: ['direct'], rtoFromMs: null, rtoToMs: null });
    expect(cellOf(breaks, 'rto', 'ap-southeast-1').status).toBe('FAIL');
    expect(cellOf(breaks, 'rto', 'ap-southeast-1').why).toContain('Clients (sticky');
  });

  it('joins the attempts of a request: a good last attempt is a good request with the total duration', async () => {
    const plant = plantOutage(outage('refused'));
    // Sticky clients stay for 20 s more, each failing once, and ask again: the next region answers.
    const { fromMs } = OUTAGE;
    const result = await judge({
      plant: (occasion, drawn) => {
        const late = { ...plant(occasion, drawn) };
        const isLate = occasion.cohort === 'sticky' && occasion.home === 2 && occasion.dueMs >= fromMs + 9000;
        if (!isLate || occasion.dueMs >= fromMs + 29_000) return late;
        return { ...drawn, status: 0, error: 3, state: ROW_STATE.bad, servedRegion: NO_REGION, totalUs: 2000 };
      },
      retry: (occasion, first) =>
        first.status === 0 && occasion.cohort === 'sticky' && occasion.home === 2 && first.startMs >= fromMs + 9000
          ? { servedRegion: 1, requestedRegion: 1 }
          : undefined,
    });
    const { rtoFromMs, rtoToMs } = cohort(result, 'sticky');
    expect(rtoFromMs).toBeGreaterThan(FOLLOWS.sticky - 200);
    expect(rtoToMs).toBeLessThan(FOLLOWS.sticky + 200);
    expect(figures(result).retried).toBeGreaterThan(0);
    expect(result.conservation).toMatchObject({ missing: 0, duplicates: 0 });
  });

  it('counts requests that hang from t0 until they time out', async () => {
    const result = await judge({ plant: plantOutage({ ...outage('blackhole'), timeoutMs: 4000 }) });
    // The last that hung began just before its cohort switched, and gave up 4 s later.
    for (const [name, switchMs] of Object.entries(FOLLOWS)) {
      const { rtoFromMs } = cohort(result, name);
      expect(Math.abs(rtoFromMs! - (switchMs + 4000)), name).toBeLessThan(150);
    }
    expect(figures(result).timeToImpactMs).toBeGreaterThan(3900);
    expect(figures(result).failoverMs).toBeLessThan(4200);
  });

  it('does not count responses after the fault cleared as recovery', async () => {
    const result = await judge({ plant: plantOutage({ ...outage('frozen', {}), timeoutMs: 60_000 }) });
    expect(figures(result)).toMatchObject({ rtoFromMs: null, rtoToMs: null, failoverMs: null, t50Ms: null });
    expect(cellOf(result, 'rto', 'ap-southeast-1')).toMatchObject({ status: 'FAIL', valueMs: null });
    expect(result).toMatchObject({ verdict: 'FAIL', exitCode: 1 });
  });

  it('finds nothing to recover from without impact', async () => {
    const result = await judge({});
    expect(figures(result)).toMatchObject({
      timeToImpactMs: null,
      failoverMs: null,
      rtoFromMs: 0,
      rtoToMs: 0,
      failBackMs: 0,
      recoveryMs: 0,
      bad: 0,
    });
    expect(cellOf(result, 'rto', 'ap-southeast-1').status).toBe('PASS');
  });

  it('has no times for a region whose clock had too few rows', async () => {
    const result = await judge({
      ratePerSecond: 4,
      experiment: { ...OUTAGE.experiment!, clockPerSecond: 0.5 },
      plant: plantOutage(outage('refused')),
    });
    expect(figures(result)).toMatchObject({ timed: false, rtoToMs: null });
    expect(cellOf(result, 'rto', 'ap-southeast-1').status).toBe('INCONCLUSIVE');
    expect(result.verdict).not.toBe('PASS');
  });

  it('measures each of several outages, and fail-back only until the next one', async () => {
    const faults = [0, 20_000].map((atMs) => ({ atMs, forMs: 10_000 }));
    const plants = faults.map(({ atMs, forMs }, i) =>
      plantOutage({
        region: 2,
        to: 0,
        face: 'refused',
        fromMs: 42_000 + atMs + BITE_AFTER_MS,
        toMs: 42_000 + atMs + forMs + GONE_AFTER_MS,
        follows: Object.fromEntries(
          ['fresh', 'ttl', 'sticky'].map((name) => [
            name,
            { awayMs: 42_000 + atMs + BITE_AFTER_MS + 2000 + i * 2000, backMs: 42_000 + atMs + forMs + 4000 },
          ]),
        ),
      }),
    );
    const result = await judge({
      experiment: { ...OUTAGE.experiment!, faults },
      plant: (occasion, drawn) => plants[0]!(occasion, drawn) ?? plants[1]!(occasion, drawn),
    });
    const [first, second] = result.figures.failover.faults.map((fault) => fault.regions[0]!);
    expect(Math.abs(first!.rtoToMs! - 2000)).toBeLessThan(300);
    expect(Math.abs(second!.rtoToMs! - 4000)).toBeLessThan(300);
    expect(Math.abs(first!.failBackMs! - 3940)).toBeLessThan(200);
    expect(first!.watchedMs).toBeLessThan(10_100);
  });

  it('does not count a request in flight at t0 as recovery', async () => {
    const result = await judge({
      seed: 1_000_000,
      cities: 1,
      judgedMs: 10_000,
      ratePerSecond: 1,
      probesPerSecond: 2,
      experiment: { ...OUTAGE.experiment!, faults: [{ atMs: 30_000, forMs: 30_000 }], recoveryMs: 5000 },
      plant: plantOutage(outage('refused', { fresh: 300, ttl: 306, sticky: 300 }, 500)),
    });
    expect(cohort(result, 'ttl').rtoToMs).toBeGreaterThanOrEqual(306);
  });

  it('is within 100 ms of the truth at ten requests a second per cohort', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          seed: fc.integer({ min: 1, max: 1e6 }),
          fresh: fc.integer({ min: 300, max: 15_000 }),
          ttl: fc.integer({ min: 300, max: 15_000 }),
          sticky: fc.integer({ min: 300, max: 15_000 }),
          backAfterMs: fc.integer({ min: 500, max: 8000 }),
        }),
        async ({ seed, backAfterMs, ...follows }) => {
          const result = await judge({
            seed,
            cities: 1,
            judgedMs: 10_000,
            ratePerSecond: 1,
            probesPerSecond: 2,
            experiment: { ...OUTAGE.experiment!, faults: [{ atMs: 30_000, forMs: 30_000 }], recoveryMs: 5000 },
            plant: plantOutage(outage('refused', follows, backAfterMs)),
          });
          // A round trip from Tokyo, its server and jitter (`fresh` connects first): what an end is later by nature.
          const tripMs = (name: string): number => (name === 'fresh' ? 260 : 140);
          for (const [name, truthMs] of Object.entries(follows)) {
            const { rtoFromMs, rtoToMs } = cohort(result, name);
            expect(Math.abs(rtoFromMs! - truthMs), name).toBeLessThanOrEqual(105);
            expect(rtoToMs! - truthMs, name).toBeGreaterThanOrEqual(0);
            expect(rtoToMs! - truthMs, name).toBeLessThanOrEqual(105 + tripMs(name));
          }
          const firstMs = Math.min(...Object.values(follows));
          expect(figures(result).failoverMs! - firstMs).toBeGreaterThanOrEqual(0);
          expect(figures(result).failoverMs! - firstMs).toBeLessThanOrEqual(105 + tripMs('fresh'));
          expect(Math.abs(figures(result).failBackMs! - backAfterMs)).toBeLessThanOrEqual(105 + tripMs('fresh'));
        },
      ),
      { numRuns: 12 },
    );
  }, 120_000);
});
