import { describe, expect, test } from 'vitest';
import type { Target } from '../config/types.ts';
import { EXIT } from '../errors.ts';
import type { ExperimentSpec } from '../formats/faults.ts';
import { CLIENT_ROLES, COHORTS, TIMETABLE_ROW_WORDS } from '../formats/timetable.ts';
import { compilePlan } from './compile.ts';
import { cartKeys } from './cart-keys.ts';
import { sampleInput, sampleProfile, sampleTarget } from '../../test/sample/plan-input.ts';
import { plannedRequests } from './scope.ts';
import { compileTimetable } from './timetable.ts';

const TIMEOUT_MS = 10_000;

const outage = (more: Partial<ExperimentSpec> = {}): ExperimentSpec => ({
  name: 'outage',
  title: 'Outage',
  hypothesis: 'People are served elsewhere.',
  driver: 'own',
  profile: 'sample',
  rateFactor: 1,
  baselineMs: 20_000,
  settleMs: 10_000,
  recoveryMs: 15_000,
  faults: [
    {
      number: 1,
      kind: 'region-outage',
      params: { region: 'ap-southeast-1' },
      sites: [],
      regions: ['ap-southeast-1'],
      hangs: false,
      harm: null,
      fromMs: 0,
      toMs: 12_000,
    },
  ],
  regions: ['ap-southeast-1'],
  blastRadius: { requestShare: 0.8, durationMs: 12_000 },
  limits: { rtoSeconds: 15 },
  keeps: [],
  guards: { outsideBadShare: 0.1, windowMs: 5_000 },
  evacuate: null,
  ...more,
});

describe('a plan with an experiment', () => {
  const plan = compilePlan(sampleInput({ experiment: outage() }));

  test('has the phases baseline, fault, settling and recovery', () => {
    const pieces = plan.phases.map(({ name, fromMs, toMs, judged }) => [name, toMs - fromMs, judged]);
    expect(pieces).toEqual([
      ['warm-up', 8_000, false],
      ['baseline', 19_000, true],
      ['baseline', 1_000, false],
      ['fault', 12_000, true],
      ['recovery', 10_000, false],
      ['recovery', 15_000, true],
    ]);
    expect(plan.experiment!.faults[0]).toMatchObject({ fromMs: 28_000, toMs: 40_000 });
    expect(plan.experiment!.regions).toEqual([2]);
  });

  test('claims that unaffected regions stay good, with enough evidence', () => {
    const during = plan.cells.filter(({ claim }) => plan.claims[claim]!.phase === 'fault');
    expect(new Set(during.map(({ subject }) => subject))).toEqual(new Set([0, 1]));
    expect(new Set(during.map(({ claim }) => plan.claims[claim]!.id))).toEqual(
      new Set(['during-availability', 'during-read-p99']),
    );
    for (const cell of during) expect(cell.passProbability).toBeGreaterThan(0.95);
  });

  test('judges recovery in all regions, and the baseline as informational', () => {
    const gating = plan.claims.filter((claim) => claim.gating).map(({ phase }) => phase);
    expect(new Set(gating)).toEqual(new Set(['fault', 'recovery']));
    const after = plan.cells.filter(({ claim }) => plan.claims[claim]!.id === 'after-availability');
    expect(after.map(({ subject }) => subject)).toEqual([0, 1, 2]);
  });

  test('sends from the largest city of the affected region every 100 ms in each cohort, from the baseline on', () => {
    const { bin, index } = compileTimetable(plan, sampleProfile(), Infinity);
    const words = new Uint32Array(bin.buffer);
    const due = COHORTS.map((): number[] => []);
    for (const [client, role] of index.clients.role.entries()) {
      if (CLIENT_ROLES[role] !== 'clock') continue;
      expect(plan.origins[index.clients.origin[client]!]!.id).toBe('tokyo');
      for (let row = 0; row < index.clients.rows[client]!; row += 1) {
        due[index.clients.cohort[client]!]!.push(words[(index.clients.firstRow[client]! + row) * TIMETABLE_ROW_WORDS]!);
      }
    }
    for (const times of due) {
      times.sort((a, b) => a - b);
      expect(times[0]).toBeGreaterThanOrEqual(8_000);
      expect(times.length).toBe((plan.durationMs - 8_000) / 100);
      expect(Math.max(...times.slice(1).map((ms, i) => ms - times[i]!))).toBeLessThanOrEqual(250);
    }
  });

  test('has enough clients to send every request on time while the region hangs', () => {
    const { bin, index } = compileTimetable(plan, sampleProfile(), Infinity);
    const words = new Uint32Array(bin.buffer);
    let checked = 0;
    for (const [client, firstRow] of index.clients.firstRow.entries()) {
      const origin = plan.origins[index.clients.origin[client]!]!;
      if (origin.homeRegion !== 2 || ['control', 'tracer'].includes(CLIENT_ROLES[index.clients.role[client]!]!))
        continue;
      for (let row = 1; row < index.clients.rows[client]!; row += 1) {
        const [before, now] = [firstRow + row - 1, firstRow + row].map((at) => words[at * TIMETABLE_ROW_WORDS]!);
        if (before! < 28_000 || now! >= 40_000) continue;
        expect(now! - before!).toBeGreaterThanOrEqual(TIMEOUT_MS);
        checked += 1;
      }
    }
    expect(checked).toBeGreaterThan(0);
  });

  test('keeps the clients of sessions, and so their cookies, while only replication is broken', () => {
    const [fault] = outage().faults;
    const sites = [
      {
        driver: 'toxiproxy' as const,
        name: 'replication',
        kind: 'replication' as const,
        region: 'ap-southeast-1',
        to: 'us-east-1',
      },
    ];
    const lag = compilePlan(sampleInput({ experiment: outage({ faults: [{ ...fault!, sites }] }) }));
    const clientsOf = (of: typeof plan): number =>
      compileTimetable(of, sampleProfile(), Infinity).index.clients.rows.length;
    expect(clientsOf(lag)).toBeLessThan(clientsOf(plan) / 2);
  });

  test('times the return to the baseline by users, and by clock requests only where they send too few', () => {
    const clockRows = (region: string, ratePerSecond: number): number => {
      const profile = sampleProfile();
      profile.arrivals.ratePerSecond = ratePerSecond;
      const [fault] = outage().faults;
      const faults = [{ ...fault!, params: { region }, regions: [region] }];
      const experiment = outage({ faults, regions: [region], limits: { recoverySeconds: 15 } });
      const { streams } = compilePlan(sampleInput({ profile, experiment }));
      return streams.reduce(
        (sum, { role, requests }) => sum + (role === 'clock' ? requests.reduce((a, b) => a + b) : 0),
        0,
      );
    };
    expect(clockRows('ap-southeast-1', 100)).toBe(0);
    expect(clockRows('us-east-1', 100)).toBeGreaterThan(1_000);
  });

  describe('against a target with carts', () => {
    const shopping = (change: (target: Target) => void = () => {}): Target => {
      const target = sampleTarget();
      const [read, write] = [target.operations[0]!, target.operations[1]!];
      target.operations.push(
        { ...read, name: 'cart-read' },
        { ...write, name: 'cart-write', body: '{"{run}.{row}":1}' },
        { ...write, name: 'cart-edit', journey: 'cart-edit', steps: ['cart-read', 'cart-write'] },
      );
      target.carts = { edit: 'cart-edit', read: '/carts/{key}' };
      change(target);
      return target;
    };
    const planned = compilePlan(sampleInput({ target: shopping(), experiment: outage() }));

    test('edits carts from every region four times a second, with keys of their own', () => {
      const { bin, index } = compileTimetable(planned, sampleProfile(), Infinity);
      const words = new Uint32Array(bin.buffer);
      const edits = planned.regions.map((): { dueMs: number; key: number }[] => []);
      const others = new Set<number>();
      for (const [client, first] of index.clients.firstRow.entries()) {
        const origin = planned.origins[index.clients.origin[client]!]!;
        const isCart = CLIENT_ROLES[index.clients.role[client]!] === 'cart';
        if (isCart) expect([origin.kind, COHORTS[index.clients.cohort[client]!]]).toEqual(['region', 'direct']);
        for (let row = first; row < first + index.clients.rows[client]!; row += 1) {
          const [dueMs, , key] = words.subarray(row * TIMETABLE_ROW_WORDS) as unknown as [number, number, number];
          if (isCart) edits[origin.homeRegion]!.push({ dueMs, key });
          else others.add(key);
        }
      }
      const all = cartKeys(sampleProfile());
      for (const region of edits) {
        expect(region).toHaveLength(4 * (planned.durationMs / 1000));
        expect(new Set(region.map(({ key }) => key))).toEqual(new Set(all));
        // Once the fault is undone only some are edited on: of the others the regions have the last word among them.
        const after = new Set(region.filter(({ dueMs }) => dueMs >= 40_000).map(({ key }) => key));
        expect(after).toEqual(new Set(all.slice(0, 4)));
        const during = region.filter(({ dueMs }) => dueMs >= 28_000 && dueMs < 40_000);
        expect(new Set(during.map(({ key }) => key))).toEqual(new Set(all));
      }
      for (const key of all) expect(others).not.toContain(key);
    });

    test('counts them for no cell', () => {
      const others = planned.streams.filter(({ role }) => role !== 'cart');
      expect(others.length).toBeLessThan(planned.streams.length);
      for (const { claim, subject, plannedRequests: all } of planned.cells)
        expect(plannedRequests(planned, others, planned.claims[claim]!, subject)).toBe(all);
    });

    test('edits nothing without an experiment, unless the target has a claim on the winner', () => {
      const edits = (target: Target): boolean =>
        compilePlan(sampleInput({ target, durationSeconds: 30 })).streams.some(({ role }) => role === 'cart');
      expect(edits(shopping())).toBe(false);
      const winners = { ...sampleTarget().claims[0]!, id: 'winners', kind: 'cart-winner', maxCount: 0 } as const;
      expect(edits(shopping(({ claims }) => claims.push(winners)))).toBe(true);
    });

    test.each<[string, (target: Target) => void, RegExp]>([
      ['an operation that the target lacks', (t) => (t.carts!.edit = 'cart-eat'), /carts of target sample.*cart-eat/s],
      ['a single request', (t) => (t.carts!.edit = 'cart-read'), /cannot edit a cart.*cart-edit/s],
      ['a write without a marker', (t) => (t.operations.at(-2)!.body = '{}'), /cart-write.*\{run\}\.\{row\}/s],
    ])('is refused with %s', (_, change, message) => {
      const compile = () => compilePlan(sampleInput({ target: shopping(change), experiment: outage() }));
      expect(compile).toThrow(
        expect.objectContaining({ exitCode: EXIT.usage, message: expect.stringMatching(message) as string }),
      );
    });
  });

  test('is refused when more requests are affected than declared', () => {
    const compile = () =>
      compilePlan(sampleInput({ experiment: outage({ blastRadius: { requestShare: 0.5, durationMs: 12_000 } }) }));
    expect(compile).toThrow(
      expect.objectContaining({ exitCode: EXIT.usage, message: expect.stringContaining('at most 50 %') }),
    );
  });
});
