import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FAULTS } from '../../chaos/faults/index.ts';
import { RHYTHMS } from '../../targets/world/kit/health-check.ts';
import type { HealthCheck } from '../formats/plan.ts';
import { COHORTS } from '../formats/timetable.ts';
import { ROUTING_CHECKS, ROUTING_SPEEDS } from '../formats/world-file.ts';
import { found, type Loss, lossOf, moves, route53Check, slowest } from './route53.ts';

const TIMEOUTS = { least: 2_000, most: 5_000 };
const REFUSED: Loss = { checks: 'refused', requests: 'fail' };
const BLACKHOLE: Loss = { checks: 'hang', requests: 'hang' };

/** Any health check that Route 53 or a world of ours may have. */
const anyCheck = fc
  .record({
    intervalMs: fc.integer({ min: 500, max: 60_000 }),
    threshold: fc.integer({ min: 1, max: 10 }),
    leastMs: fc.integer({ min: 0, max: 4_000 }),
    spreadMs: fc.integer({ min: 0, max: 4_000 }),
    intervalFrom: fc.constantFrom<HealthCheck['intervalFrom']>('begin', 'end'),
  })
  .map(({ leastMs, spreadMs, ...rest }): HealthCheck => ({
    ...rest,
    hangsForMs: { least: leastMs, most: leastMs + spreadMs },
  }));
const anyLoss = fc.record<Loss>({
  checks: fc.constantFrom<Loss['checks']>('pass', 'refused', 'hang', 'unanswered', 'sometimes'),
  requests: fc.constantFrom<Loss['requests']>('fail', 'hang', 'late'),
});
const anyTtlMs = fc.integer({ min: 0, max: 300_000 });

test('the health checks of the plan are those of the world', () => {
  for (const speed of ROUTING_SPEEDS) {
    const { intervalMs, threshold, timeoutMs } = RHYTHMS[speed];
    expect(ROUTING_CHECKS[speed]).toEqual({
      intervalMs,
      threshold,
      hangsForMs: { least: timeoutMs, most: timeoutMs },
      intervalFrom: 'begin',
    });
  }
});

describe('a refused region', () => {
  test('is left after detection and a TTL: 150 s with the defaults of Route 53, as in the reference', () => {
    const check = route53Check({ intervalSeconds: 30, failureThreshold: 3 })!;
    const moved = moves(check, 60_000, REFUSED, TIMEOUTS);
    expect(moved.found).toEqual({ least: 60_000, most: 90_000 });
    expect(moved.cohorts).toEqual({
      fresh: { least: 60_000, most: 150_000 },
      ttl: { least: 60_000, most: 150_000 },
      sticky: { least: 60_000, most: 150_000 },
      direct: null,
    });
    expect(slowest(moved)).toEqual({ least: 60_000, most: 150_000 });
  });

  test('with fast checks after 90 s at worst', () => {
    const check = route53Check({ intervalSeconds: 10, failureThreshold: 3 })!;
    expect(slowest(moves(check, 60_000, REFUSED, TIMEOUTS)).most).toBe(90_000);
  });
});

describe('a blackholed region', () => {
  test('is detected later by the timeout of a check: once with a fixed schedule, for each check where the interval counts from its end', () => {
    expect(found(ROUTING_CHECKS.real, 'hang')).toEqual({ least: 64_000, most: 94_000 });
    const check = route53Check({ intervalSeconds: 10, failureThreshold: 3 })!;
    // Three checks without a response for 2 s, or without a connection for 4 s.
    expect(found(check, 'hang')).toEqual({ least: 26_000, most: 42_000 });
  });

  test('delays requests sent before the move until their timeout, and sticky clients until their own first timeout', () => {
    const { cohorts } = moves(ROUTING_CHECKS.fast, 5_000, BLACKHOLE, { least: 4_000, most: 7_000 });
    expect(cohorts.ttl).toEqual({ least: 2_800, most: 3_800 + 5_000 + 7_000 });
    expect(cohorts.sticky).toEqual({ least: 4_000, most: 3_800 + 5_000 + 7_000 });
  });
});

describe('the faces of an outage', () => {
  test.each<[Record<string, unknown>, Loss]>([
    [{ face: 'refused' }, { checks: 'refused', requests: 'fail' }],
    [{ face: 'reset' }, { checks: 'refused', requests: 'fail' }],
    [{ face: 'blackhole' }, { checks: 'hang', requests: 'hang' }],
    [
      { face: 'grey', toxicity: 0.3 },
      { checks: 'sometimes', requests: 'hang' },
    ],
    [
      { face: 'brown-out', latencyMs: 500 },
      { checks: 'pass', requests: 'late' },
    ],
    [
      { face: 'brown-out', latencyMs: 2_000 },
      { checks: 'unanswered', requests: 'late' },
    ],
    [
      { face: 'brown-out', latencyMs: 5_000 },
      { checks: 'unanswered', requests: 'hang' },
    ],
  ])('%j is seen by checks and requests as %j', (params, loss) => {
    const kind = FAULTS['region-outage'];
    const fault = { harm: kind.hurts(params), hangs: kind.hangs(params) };
    expect(lossOf(fault, ROUTING_CHECKS.fast, 5_000)).toEqual(loss);
  });

  test('a grey region may never be detected, a late one within the timeout of checks never is', () => {
    expect(found(ROUTING_CHECKS.fast, 'sometimes')).toEqual({ least: 2_800, most: Infinity });
    expect(found(ROUTING_CHECKS.fast, 'pass')).toEqual({ least: Infinity, most: Infinity });
  });

  test('a connection with late responses is never left', () => {
    const { cohorts } = moves(ROUTING_CHECKS.fast, 5_000, { checks: 'unanswered', requests: 'late' }, TIMEOUTS);
    expect(cohorts.sticky).toBeNull();
    expect(cohorts.fresh).toEqual({ least: 2_800, most: 8_800 });
  });
});

describe('for any declared values', () => {
  test('no best case is later than its worst case, and no client moves before the region is detected', () => {
    fc.assert(
      fc.property(anyCheck, anyTtlMs, anyLoss, (check, ttlMs, loss) => {
        const moved = moves(check, ttlMs, loss, TIMEOUTS);
        expect(moved.found.least).toBeLessThanOrEqual(moved.found.most);
        for (const cohort of COHORTS) {
          const span = moved.cohorts[cohort];
          if (span === null) continue;
          expect(span.least).toBeLessThanOrEqual(span.most);
          expect(span.least).toBeGreaterThanOrEqual(moved.found.least);
        }
        expect(slowest(moved).least).toBeLessThanOrEqual(slowest(moved).most);
      }),
    );
  });

  test('a longer interval, a higher threshold or a longer TTL moves no client sooner', () => {
    fc.assert(
      fc.property(
        anyCheck,
        anyTtlMs,
        anyLoss,
        fc.record({
          intervalMs: fc.nat({ max: 30_000 }),
          threshold: fc.nat({ max: 5 }),
          ttlMs: fc.nat({ max: 60_000 }),
        }),
        (check, ttlMs, loss, more) => {
          const slower = {
            ...check,
            intervalMs: check.intervalMs + more.intervalMs,
            threshold: check.threshold + more.threshold,
          };
          const [now, then] = [
            moves(check, ttlMs, loss, TIMEOUTS),
            moves(slower, ttlMs + more.ttlMs, loss, TIMEOUTS),
          ].map(slowest);
          expect(then!.least).toBeGreaterThanOrEqual(now!.least);
          expect(then!.most).toBeGreaterThanOrEqual(now!.most);
        },
      ),
    );
  });

  test('longer intervals, thresholds and TTLs add exactly their difference in the worst case', () => {
    fc.assert(
      fc.property(anyCheck, anyTtlMs, fc.integer({ min: 1, max: 60_000 }), (check, ttlMs, moreMs) => {
        const most = (of: HealthCheck, ttl: number): number => slowest(moves(of, ttl, REFUSED, TIMEOUTS)).most;
        const now = most(check, ttlMs);
        expect(most(check, ttlMs + moreMs) - now).toBe(moreMs);
        const { intervalMs, threshold } = check;
        expect(most({ ...check, intervalMs: intervalMs + moreMs }, ttlMs) - now).toBe(threshold * moreMs);
        expect(most({ ...check, threshold: threshold + 1 }, ttlMs) - now).toBe(intervalMs);
      }),
    );
  });
});
