import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../errors.ts';
import type { PlanCell, RunPlan } from '../formats/plan.ts';
import { compilePlan } from './compile.ts';
import { Evidence } from './evidence.ts';
import { sampleInput, sampleProfile, sampleTarget } from '../../test/sample/plan-input.ts';
import { judgedMs, streamRows } from './scope.ts';

const cellOf = (plan: RunPlan, claim: string, subject: string): PlanCell => {
  const found = plan.cells.find((cell) => {
    const its = plan.claims[cell.claim]!;
    return its.id === claim && (its.per === 'region' ? plan.regions : plan.origins)[cell.subject]!.id === subject;
  });
  if (!found) throw new Error(`no cell ${claim} ${subject}`);
  return found;
};

const gating = (plan: RunPlan): PlanCell[] => plan.cells.filter((cell) => plan.claims[cell.claim]!.gating);

/** Rows per judged second that go to the target. */
const rateToTarget = (plan: RunPlan): number =>
  plan.streams
    .filter((stream) => stream.role !== 'control' && plan.phases[stream.phase]!.judged)
    .reduce((sum, stream) => sum + streamRows(stream), 0) /
  (judgedMs(plan.phases) / 1000);

const withClaim = (id: string, change: object): ReturnType<typeof sampleTarget> => {
  const target = sampleTarget();
  return { ...target, claims: target.claims.map((claim) => (claim.id === id ? { ...claim, ...change } : claim)) };
};

const refusal = (compile: () => unknown): { exitCode: number; message: string } => {
  try {
    compile();
  } catch (error) {
    return error as { exitCode: number; message: string };
  }
  throw new Error('it was not refused');
};

describe('a plan without a given length', () => {
  const plan = compilePlan(sampleInput());

  test('lets a healthy target pass with 99.5 % and an unhealthy cell fail with 95 %, in at most four minutes', () => {
    expect(gating(plan).reduce((product, cell) => product * cell.passProbability, 1)).toBeGreaterThanOrEqual(0.995);
    for (const cell of gating(plan)) expect(cell.failProbability).toBeGreaterThanOrEqual(0.945);
    expect(plan.durationMs).toBeLessThanOrEqual(240_000);
    expect(rateToTarget(plan)).toBeLessThanOrEqual(301);
  });

  test('is no longer than necessary: five seconds less is not enough', () => {
    const shorter = compilePlan(sampleInput({ durationSeconds: judgedMs(plan.phases) / 1000 - 5 }));
    const wanted = (cell: PlanCell): number =>
      Evidence.of(gating(plan).length).wanted(plan.claims[cell.claim]!.maxBadShare)!;
    expect(gating(plan).every((cell) => cell.plannedRequests >= wanted(cell))).toBe(true);
    expect(gating(shorter).every((cell) => cell.plannedRequests >= wanted(cell))).toBe(false);
  });

  test('stays within the rate limit of the target, including every step of its journeys', () => {
    for (const maxRatePerSecond of [32, 60, 250]) {
      const target = { ...sampleTarget(), maxRatePerSecond };
      const plan = compilePlan(sampleInput({ target, ratePerSecond: 30 }));
      const requests = plan.streams.flatMap(({ role, phase, requests: rows }) =>
        role === 'control' || !plan.phases[phase]!.judged
          ? []
          : rows.map((n, operation) => n * Math.max(1, plan.operations[operation]!.steps.length)),
      );
      const judgedSeconds = plan.phases.reduce((sum, p) => sum + (p.judged ? p.toMs - p.fromMs : 0), 0) / 1000;
      const perSecond = requests.reduce((a, b) => a + b, 0) / judgedSeconds;
      expect(perSecond).toBeLessThanOrEqual(maxRatePerSecond * 1.001);
      expect(perSecond).toBeGreaterThan(30);
    }
  });

  test('has the longest duration and shows what is missing where the cap leaves no room', () => {
    const tight = compilePlan(sampleInput({ target: { ...sampleTarget(), maxRatePerSecond: 40 }, ratePerSecond: 30 }));
    expect(tight.durationMs).toBe(240_000);
    expect(rateToTarget(tight)).toBeLessThanOrEqual(40.1);
    const good = cellOf(tight, 'availability', 'us-east-1');
    expect(good.passProbability).toBeLessThan(0.5);
    expect(good.secondsToDecide).toBeGreaterThan(230);
  });

  test('takes 48 s when quick, and decides what 48 s can decide', () => {
    const quick = compilePlan(sampleInput({ quick: true }));
    expect(quick.durationMs).toBe(48_000);
    const cheap = gating(quick).filter((cell) => quick.claims[cell.claim]!.maxBadShare === 0.01);
    expect(cheap).toHaveLength(11);
    expect(cheap.filter((cell) => cell.passProbability < 0.97)).toEqual([]);
    expect(cellOf(quick, 'availability', 'us-east-1').passProbability).toBe(0);
  });

  test('takes the given length before that of the profile', () => {
    const profile = { ...sampleProfile(), durationSeconds: 33 };
    expect(judgedMs(compilePlan(sampleInput({ profile })).phases)).toBe(33_000);
    expect(judgedMs(compilePlan(sampleInput({ profile, durationSeconds: 7 })).phases)).toBe(7000);
  });
});

describe('what a plan sends', () => {
  test('is the mix by quota in every phase, whatever the extras', () => {
    const rates = fc.record({
      ratePerSecond: fc.double({ min: 1, max: 1000, noNaN: true }),
      durationSeconds: fc.integer({ min: 1, max: 300 }),
    });
    fc.assert(
      fc.property(rates, (given) => {
        const { profile, ...input } = sampleInput(given);
        const plan = compilePlan({ profile, ...input });
        expect(plan.mixRows).toBe(Math.round((given.ratePerSecond * plan.durationMs) / 1000));
        expect(plan.rows).toBe(plan.streams.reduce((sum, stream) => sum + streamRows(stream), 0));
        expect(rateToTarget(plan)).toBeLessThanOrEqual(1000.1);
        for (const [phase, { fromMs, toMs }] of plan.phases.entries()) {
          const mix = plan.streams.filter((s) => s.role === 'mix' && s.phase === phase);
          const total = mix.reduce((sum, stream) => sum + streamRows(stream), 0);
          expect(Math.abs(total - (given.ratePerSecond * (toMs - fromMs)) / 1000)).toBeLessThan(1.6);
          for (const stream of mix) {
            expect(Math.abs(streamRows(stream) - total * profile.origins[stream.origin]!.share)).toBeLessThan(1);
          }
          for (const [operation, { name }] of plan.operations.entries()) {
            const sent = mix.reduce((sum, stream) => sum + stream.requests[operation]!, 0);
            expect(Math.abs(sent - total * (profile.mix[name] ?? 0))).toBeLessThan(2);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test('counts for cells as the judge does: a journey by its steps, the edge for no home region', () => {
    const plan = compilePlan(sampleInput({ durationSeconds: 100 }));
    const sum = (roles: string[], worth: Record<string, number>): number =>
      plan.streams
        .filter((s) => roles.includes(s.role) && s.phase === 1 && plan.origins[s.origin]!.homeRegion === 1)
        .flatMap(({ requests }) => requests.map((n, operation) => n * (worth[plan.operations[operation]!.name] ?? 0)))
        .reduce((a, b) => a + b, 0);
    const all = { get: 1, update: 1, 'sign-in': 2, asset: 1 };
    expect(cellOf(plan, 'availability', 'eu-west-1').plannedRequests).toBe(sum(['mix', 'probe', 'topup'], all));
    expect(cellOf(plan, 'home-share', 'eu-west-1').plannedRequests).toBe(sum(['mix', 'topup'], { ...all, asset: 0 }));
    expect(cellOf(plan, 'write-p99', 'eu-west-1').plannedRequests).toBe(sum(['probe'], { update: 1 }));
    expect(cellOf(plan, 'staleness', 'eu-west-1').plannedRequests).toBe(sum(['tracer'], { 'tracer-read': 1 }));
    expect(cellOf(plan, 'client-p99', 'london').plannedRequests).toBe(sum(['mix', 'topup'], all));
  });

  test('tops up small regions from their own cities when clients are too few', () => {
    const base = sampleProfile();
    const [tokyo, , , newYork] = base.origins;
    const origins = [
      { ...tokyo!, share: 0.97 },
      { ...newYork!, share: 0.03 },
    ];
    const plan = compilePlan(sampleInput({ profile: { ...base, origins }, quick: true }));
    const topups = plan.streams.filter(({ role }) => role === 'topup');
    expect(topups.map(({ origin }) => plan.origins[origin]!.id)).toContain('new-york');
    expect(cellOf(plan, 'home-share', 'us-east-1').plannedRequests).toBeGreaterThan(600);
    // No city is near Ireland here: nothing can be decided for its clients, and probes do not replace them.
    expect(cellOf(plan, 'home-share', 'eu-west-1')).toMatchObject({ plannedRequests: 0, passProbability: 0 });
    expect(cellOf(plan, 'home-share', 'eu-west-1').secondsToDecide).toBeNull();
  });

  test('has tracers only where there are replicas and operations for them', () => {
    const roles = (plan: RunPlan): string[] => [...new Set(plan.streams.map(({ role }) => role))];
    expect(roles(compilePlan(sampleInput()))).toContain('tracer');
    const target = sampleTarget();
    const alone = { ...target, regions: target.regions.map((region) => ({ ...region, replica: false })) };
    expect(roles(compilePlan(sampleInput({ target: alone })))).not.toContain('tracer');
    const operations = target.operations.filter(({ name }) => !name.startsWith('tracer'));
    const claims = target.claims.filter(({ kind }) => kind !== 'staleness');
    expect(roles(compilePlan(sampleInput({ target: { ...target, operations, claims } })))).not.toContain('tracer');
  });

  test('is weighted by the hours of day that the run covers', () => {
    const base = sampleProfile();
    // 20 to 22 h in Tokyo, 11 to 13 h in London.
    const arrivals = { ratePerSecond: 100, shape: 'day' as const, daySeconds: 1200, startUtcHour: 11 };
    const plan = compilePlan(sampleInput({ profile: { ...base, arrivals }, durationSeconds: 90 }));
    const share = (id: string): number => plan.origins.find((origin) => origin.id === id)!.share;
    expect(share('tokyo') / share('london')).toBeGreaterThan((0.4 / 0.2) * 1.1);
    expect(plan.origins.reduce((sum, origin) => sum + origin.share, 0)).toBeCloseTo(1, 9);
    expect(plan.origins.find(({ id }) => id === 'tokyo')!.populationShare).toBe(0.4);
  });
});

describe('floors', () => {
  const plan = compilePlan(sampleInput());

  test('of a region are nothing for reads, and the round trip to the primary for writes, which their limit adds too', () => {
    const toPrimary = plan.regions[2]!.rttToPrimaryMs!;
    expect(toPrimary).toBeGreaterThan(150);
    expect(cellOf(plan, 'read-p99', 'ap-southeast-1')).toMatchObject({ limitMs: 120, floorMs: 0, infeasible: false });
    const writes = cellOf(plan, 'write-p99', 'ap-southeast-1');
    expect(writes).toMatchObject({ floorMs: toPrimary, limitMs: 120 + toPrimary, infeasible: false });
    expect(cellOf(plan, 'staleness', 'ap-southeast-1').floorMs).toBe(toPrimary / 2);
  });

  test('of a city allow for the bad share: its writes and its slow access networks', () => {
    const toPrimary = plan.regions[2]!.rttToPrimaryMs!;
    const tokyo = cellOf(plan, 'client-p99', 'tokyo');
    expect(tokyo.floorMs).toBeCloseTo(70 + 28 + toPrimary, 6);
    expect(tokyo).toMatchObject({ infeasible: true, passProbability: 0, failProbability: 0, secondsToDecide: null });
    // Measured round trips have precedence, and are marked as measured.
    expect(plan.origins[0]).toMatchObject({ homeRegion: 2, rttSource: ['modelled', 'modelled', 'measured'] });
    const reads = compilePlan(sampleInput({ target: withClaim('client-p99', { classes: ['read'] }) }));
    expect(cellOf(reads, 'client-p99', 'tokyo').floorMs).toBeCloseTo(70 + 28, 6);
    expect(cellOf(reads, 'client-p99', 'tokyo').infeasible).toBe(false);
  });

  test('accept a claim whose bad share covers everything that is infeasible', () => {
    const roomy = compilePlan(sampleInput({ target: withClaim('client-p99', { maxBadShare: 0.3 }) }));
    expect(cellOf(roomy, 'client-p99', 'tokyo').infeasible).toBe(false);
  });

  test('refuse a gating claim below the floor before anything is sent', () => {
    const error = refusal(() => compilePlan(sampleInput({ target: withClaim('client-p99', { gating: true }) })));
    expect(error.exitCode).toBe(EXIT.usage);
    expect(error.message).toMatch(
      /gating claim client-p99 is infeasible for tokyo \(and \d more cells\): got a limit of 120 ms, expected at least \d+ ms, the lowest limit that distance and last mile allow there\. Raise limitMs of claim client-p99/,
    );
  });
});

describe('a plan is refused', () => {
  test.each([Number.NaN, -1, 0, 1001, Infinity])('at a rate of %f per second', (ratePerSecond) => {
    const error = refusal(() => compilePlan(sampleInput({ ratePerSecond })));
    expect(error).toMatchObject({ exitCode: EXIT.usage, message: expect.stringContaining('--rate') });
  });

  test('when there are no requests to send', () => {
    const error = refusal(() => compilePlan(sampleInput({ ratePerSecond: 0.01, durationSeconds: 1 })));
    expect(error.message).toMatch(/no requests to send/);
  });

  test("when an operation has the name of the control series's own", () => {
    const target = sampleTarget();
    const operations = target.operations.map((o) => (o.name === 'get' ? { ...o, name: 'control-echo' } : o));
    expect(refusal(() => compilePlan(sampleInput({ target: { ...target, operations } }))).exitCode).toBe(EXIT.usage);
  });
});

test('the same input makes the same plan', () => {
  expect(compilePlan(sampleInput())).toEqual(compilePlan(sampleInput()));
});
