import { describe, expect, test } from 'vitest';
import { FAULTS } from '../../chaos/faults/index.ts';
import type { PlanFault } from '../formats/faults.ts';
import type { RunPlan } from '../formats/plan.ts';
import { ROUTING_CHECKS } from '../formats/world-file.ts';
import { compilePlan } from './compile.ts';
import { route53Check } from './route53.ts';
import { evacuationLines, routingLines } from './route53-words.ts';
import { sampleInput } from '../../test/sample/plan-input.ts';

const PLAN = compilePlan(sampleInput({ durationSeconds: 30 }));

/** The lines for a 200 s outage with these parameters and this recovery time limit; null for no limit. */
function linesOf(
  params: Record<string, unknown>,
  rtoSeconds: number | null,
  target: Partial<RunPlan['target']> = {},
  faults: Partial<PlanFault>[] = [{}],
): string {
  const plan: RunPlan = { ...PLAN, target: { ...PLAN.target, ...target } };
  const kind = FAULTS['region-outage'];
  const outage = { kind: kind.kind, params, harm: kind.hurts(params), hangs: kind.hangs(params) };
  const experiment = {
    faults: faults.map((fault) => ({ ...outage, fromMs: 0, toMs: 200_000, ...fault })),
    limits: rtoSeconds === null ? {} : { rtoSeconds },
  } as unknown as Parameters<typeof routingLines>[1];
  return routingLines(plan, experiment).join('\n');
}

const REAL = { ttlSeconds: 60, healthCheck: ROUTING_CHECKS.real };
const OWN = { world: null, routingMode: 'nearest', ttlSeconds: 60 } as const;

describe('the Route 53 lines of a plan', () => {
  test('show how long detection and DNS take, by cohort, against the limit', () => {
    expect(linesOf({ face: 'refused' }, 25)).toBe(
      'Route 53: 3 failed checks in a row, one every 1 s, detect the fault after 2 s to 3 s; TTL 5 s; clients move: fresh and ttl after 2 s to 8 s, sticky after 2 s to 8 s and a failed request, direct never (limit 25 s)',
    );
  });

  test('are in capitals where a limit cannot be met, and plain where it may be exceeded', () => {
    expect(linesOf({ face: 'refused' }, 25, REAL)).toMatch(/RECOVERY TIME LIMIT CANNOT BE MET.*: 1 min at best/);
    const perhaps = linesOf({ face: 'refused' }, 100, REAL);
    expect(perhaps).toContain('Health checks and DNS alone may exceed the recovery time limit: 2 min 30 s at worst');
    expect(perhaps).not.toContain('CANNOT');
    expect(linesOf({ face: 'refused' }, 150, REAL)).not.toMatch(/recovery time limit/i);
    expect(linesOf({ face: 'refused' }, null, REAL)).not.toMatch(/limit/i);
  });

  test('do not promise that a grey region is detected, nor require recovery from late responses', () => {
    const grey = linesOf({ face: 'grey', toxicity: 0.3 }, 60);
    expect(grey).toContain('detect the fault after 2.8 s at best, or never');
    expect(grey).toContain('they may never detect the fault');
    const late = linesOf({ face: 'brown-out', latencyMs: 500 }, 60);
    expect(late).toContain('do not detect the fault; TTL 5 s; clients move: fresh, ttl, sticky and direct never');
    expect(late).not.toMatch(/recovery time limit/i);
  });

  test('show that an outage may be cleared before all clients have moved, once for identical outages', () => {
    const fault = { toMs: 5_000 };
    const text = linesOf({ face: 'refused' }, null, {}, [fault, fault, fault]);
    expect(text).toContain('The fault lasts 5 s: some clients may not move before it is cleared');
    expect(text.match(/Route 53/g)).toHaveLength(1);
    expect(linesOf({ face: 'refused' }, null, {}, [{ toMs: 9_000 }])).not.toContain('The fault lasts');
  });

  test('show an unknown detection time without declared health checks, and that names are fixed', () => {
    const text = linesOf({ face: 'refused' }, 25, { ...OWN, healthCheck: null });
    expect(text).toContain('detection time unknown, because the target declares no routing.healthCheck');
    expect(text).toContain('every name resolves to the nearest region');
  });

  test('are arithmetic only with declared health checks: clients of the run resolve to the nearest region', () => {
    const declared = route53Check({ intervalSeconds: 10, failureThreshold: 3 });
    const text = linesOf({ face: 'refused' }, 25, { ...OWN, healthCheck: declared });
    expect(text).toContain('one every 10 s, detect the fault after 20 s to 30 s; TTL 1 min');
    expect(text).toContain('they move no client');
    expect(text).not.toContain('may exceed');
  });

  test('are empty without a region outage', () => {
    expect(linesOf({}, 25, {}, [{ kind: 'redis-loss' }])).toBe('');
  });
});

describe('the evacuation lines of a plan', () => {
  const of = (face: string, limits: { evacuationSeconds?: number }, undo: object | null = { url: '/x' }): string =>
    evacuationLines(PLAN, {
      evacuate: { title: 'POST /evacuate/ap-southeast-1', afterMs: 5_000, undo },
      faults: [{ params: { face }, hangs: face === 'grey' }],
      limits,
    } as unknown as Parameters<typeof evacuationLines>[1]).join('\n');

  test('show what is done when, and how long DNS delays clients at most', () => {
    expect(of('refused', { evacuationSeconds: 12 })).toBe(
      'Evacuation: POST /evacuate/ap-southeast-1, 5 s after the fault takes effect; fresh and ttl clients move within 5 s of its response (limit 12 s)',
    );
  });

  test('include the timeout of hanging requests, and warn where DNS alone may exceed the limit', () => {
    const text = of('grey', { evacuationSeconds: 12 });
    expect(text).toContain('within 15 s of its response');
    expect(text).toContain('DNS alone may exceed the evacuation limit: 15 s at worst');
  });

  test('show that an evacuation without undo stays, and are empty without an evacuation', () => {
    expect(of('refused', {}, null)).toContain('it stays');
    expect(evacuationLines(PLAN, { evacuate: null } as Parameters<typeof evacuationLines>[1])).toEqual([]);
  });
});
