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

/** What is said of an outage with this face, of 200 s unless told otherwise, where so many seconds are allowed. */
function said(
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

describe('what a plan says of Route 53', () => {
  test('is how long checks and names take, by cohort, against the limit', () => {
    expect(said({ face: 'refused' }, 25)).toBe(
      'Route 53: 3 failed checks in a row, one every 1 s, find it after 2 s to 3 s; names last 5 s: fresh and ttl after 2 s to 8 s, sticky after 2 s to 8 s and a failed request, direct never (limit 25 s)',
    );
  });

  test('is loud where a limit cannot be held, and plain where it may be broken', () => {
    expect(said({ face: 'refused' }, 25, REAL)).toMatch(/LIMIT ON RECOVERY TIME CANNOT BE HELD.*: 1 min at best/);
    const perhaps = said({ face: 'refused' }, 100, REAL);
    expect(perhaps).toContain('may be broken by health checks and names alone: 2 min 30 s at worst');
    expect(perhaps).not.toContain('CANNOT');
    expect(said({ face: 'refused' }, 150, REAL)).not.toMatch(/limit on recovery time/i);
    expect(said({ face: 'refused' }, null, REAL)).not.toMatch(/limit/i);
  });

  test('does not promise that a grey region is found, nor ask for recovery from what is only late', () => {
    const grey = said({ face: 'grey', toxicity: 0.3 }, 60);
    expect(grey).toContain('find it after 2.8 s at best, or never');
    expect(grey).toContain('they may never find it');
    const late = said({ face: 'brown-out', latencyMs: 500 }, 60);
    expect(late).toContain('do not see it; names last 5 s: fresh, ttl, sticky and direct never');
    expect(late).not.toMatch(/limit on recovery time/i);
  });

  test('says when an outage may be over before everybody has moved, once for outages that are the same', () => {
    const fault = { toMs: 5_000 };
    const text = said({ face: 'refused' }, null, {}, [fault, fault, fault]);
    expect(text).toContain('It lasts 5 s: perhaps not everybody moves before it is over');
    expect(text.match(/Route 53/g)).toHaveLength(1);
    expect(said({ face: 'refused' }, null, {}, [{ toMs: 9_000 }])).not.toContain('It lasts');
  });

  test('is unknown for a target that declares no health checks, and says that names of such a run stay', () => {
    const text = said({ face: 'refused' }, 25, { ...OWN, healthCheck: null });
    expect(text).toContain('unknown how long it takes, because the target declares no routing.healthCheck');
    expect(text).toContain('every name is that of the nearest region');
  });

  test('is arithmetic alone for a target that declares them: clients of the run are told the nearest region', () => {
    const declared = route53Check({ intervalSeconds: 10, failureThreshold: 3 });
    const text = said({ face: 'refused' }, 25, { ...OWN, healthCheck: declared });
    expect(text).toContain('one every 10 s, find it after 20 s to 30 s; names last 1 min');
    expect(text).toContain('nobody is moved by them');
    expect(text).not.toContain('may be broken');
  });

  test('is nothing where no region is lost', () => {
    expect(said({}, 25, {}, [{ kind: 'redis-loss' }])).toBe('');
  });
});

describe('what a plan says of an evacuation', () => {
  const of = (face: string, limits: { evacuationSeconds?: number }, undo: object | null = { url: '/x' }): string =>
    evacuationLines(PLAN, {
      evacuate: { title: 'POST /evacuate/ap-southeast-1', afterMs: 5_000, undo },
      faults: [{ params: { face }, hangs: face === 'grey' }],
      limits,
    } as unknown as Parameters<typeof evacuationLines>[1]).join('\n');

  test('is what is done when, and how long names keep people back at the most', () => {
    expect(of('refused', { evacuationSeconds: 12 })).toBe(
      'Evacuation: POST /evacuate/ap-southeast-1, 5 s after the bite; fresh and ttl are elsewhere up to 5 s after it has answered (limit 12 s)',
    );
  });

  test('counts the time-out of what hangs, and says when that alone may break the limit', () => {
    const text = of('grey', { evacuationSeconds: 12 });
    expect(text).toContain('up to 15 s after');
    expect(text).toContain('may be broken by names alone: 15 s at worst');
  });

  test('says that nothing takes it back, and nothing where none is declared', () => {
    expect(of('refused', {}, null)).toContain('it stays');
    expect(evacuationLines(PLAN, { evacuate: null } as Parameters<typeof evacuationLines>[1])).toEqual([]);
  });
});
