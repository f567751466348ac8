import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Target } from '../config/types.ts';
import { EXIT } from '../errors.ts';
import type { ExperimentSpec } from '../formats/faults.ts';
import type { PlanPhase, RunPlan } from '../formats/plan.ts';
import { CLIENT_ROLES, COHORTS, TIMETABLE_ROW_WORDS } from '../formats/timetable.ts';
import { compilePlan } from './compile.ts';
import { sampleInput, sampleProfile, sampleTarget } from '../../test/sample/plan-input.ts';
import { sessionRows, sessionStreams } from './sessions.ts';
import { compileTimetable } from './timetable.ts';

const SESSION = { write: 'update', read: 'get', delete: 'remove' };

const targetWith = (session: Target['session'], more: Partial<Target> = {}): Target => {
  const target = sampleTarget();
  const [get, update, ...others] = target.operations as [Target['operations'][number], Target['operations'][number]];
  const remove = { ...update, name: 'remove', method: 'DELETE' };
  const observe = { ...target.observe, recordVersion: 'X-Version' };
  return { ...target, operations: [get, update, ...others, remove], observe, session, ...more };
};

const experiment: ExperimentSpec = {
  name: 'outage',
  title: 'Outage',
  hypothesis: 'Sessions see their own.',
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
  limits: { readYourWritesSeconds: 2 },
  keeps: [],
  guards: { outsideBadShare: 0.1, windowMs: 5_000 },
  evacuate: null,
};

const compiled = (target: Target, ratePerSecond?: number): RunPlan =>
  compilePlan(sampleInput({ target, experiment, ratePerSecond }));

describe('sessions in a plan', () => {
  const plan = compiled(targetWith(SESSION));
  const { bin, index } = compileTimetable(plan, sampleProfile(), Infinity);
  const words = new Uint32Array(bin.buffer);
  const clients = [...index.clients.role.keys()].filter((c) => CLIENT_ROLES[index.clients.role[c]!] === 'session');
  const rowsOf = (client: number) =>
    Array.from({ length: index.clients.rows[client]! }, (_, i) => {
      const at = (index.clients.firstRow[client]! + i) * TIMETABLE_ROW_WORDS;
      return {
        dueMs: words[at]!,
        operation: plan.operations[words[at + 1]! & 0xffff]!.name,
        key: words[at + 2]!,
        session: words[at + 3]! & 0xffffff,
        starts: words[at + 3]! >>> 24 === 1,
      };
    });

  const home = (client: number): string => plan.origins[index.clients.origin[client]!]!.id;
  /** Of one region, in the order of time. */
  const rowsIn = (region: string) =>
    clients
      .filter((client) => home(client) === `probe@${region}`)
      .flatMap(rowsOf)
      .toSorted((a, b) => a.dueMs - b.dueMs);

  test('are one client in every region, at the address of its own; more where requests may hang', () => {
    const regions = clients.map(home);
    for (const untouched of ['probe@us-east-1', 'probe@eu-west-1']) {
      expect(regions.filter((id) => id === untouched)).toHaveLength(1);
    }
    expect(regions.filter((id) => id === 'probe@ap-southeast-1').length).toBeGreaterThan(10);
    for (const client of clients) expect(COHORTS[index.clients.cohort[client]!]).toBe('direct');
  });

  test('write, read for three seconds, delete and read for three seconds more, from the baseline on without a pause', () => {
    const rows = rowsIn('us-east-1');
    // 57 s from the first judged phase to the end: eight sessions of 6.5 s.
    expect(rows).toHaveLength(8 * 26);
    const once = ['update', ...Array<string>(12).fill('get'), 'remove', ...Array<string>(12).fill('get')];
    for (const [i, row] of rows.entries()) {
      expect(row.dueMs).toBe(8_000 + i * 250);
      expect(row.operation).toBe(once[i % 26]);
      expect(row.starts).toBe(i % 26 === 0);
    }
  });

  test('are sent on time also while their region may hang, and keep their records', () => {
    const rows = rowsIn('ap-southeast-1');
    expect(rows).toHaveLength(8 * 26);
    for (const [i, row] of rows.entries()) {
      expect(row.dueMs).toBe(8_000 + i * 250);
      expect(row.key).toBe(rows[i - (i % 26)]!.key);
    }
  });

  test('have a record each of their own', () => {
    const keys = clients.flatMap((client) => rowsOf(client).map(({ key }) => key));
    const all = [...new Set(keys)];
    expect(all).toHaveLength(24);
    expect(Math.min(...all)).toBe(1_000_000);
    const others = [...index.clients.role.keys()].filter((client) => !clients.includes(client));
    const asked = others.flatMap((client) => rowsOf(client).map(({ key }) => key));
    expect(Math.max(...asked)).toBeLessThan(1_000_000);
  });

  test('count for no claim, and change no row of the others', () => {
    const without = compiled(targetWith(null));
    expect(without.session).toBeNull();
    expect(plan.cells).toEqual(without.cells);
    expect(plan.streams.filter(({ role }) => role !== 'session')).toEqual(without.streams);
  });

  test('are left out for load alone, and where the rate limit has no room for them', () => {
    const roles = (of: RunPlan): string[] => of.streams.map(({ role }) => role);
    const load = compilePlan(sampleInput({ target: targetWith(SESSION), durationSeconds: 20 }));
    expect(load.session).toBeNull();
    expect(roles(load)).not.toContain('session');
    expect(roles(compiled(targetWith(SESSION, { maxRatePerSecond: 70 }), 60))).not.toContain('session');
  });

  test('are refused for a target that lacks what they need, with what is missing', () => {
    const refused = (target: Target): unknown => {
      try {
        return compiled(target);
      } catch (error) {
        return error;
      }
    };
    expect(refused(targetWith({ ...SESSION, delete: 'erase' }))).toMatchObject({
      exitCode: EXIT.usage,
      message: expect.stringMatching(/session of target sample: unknown operation.*got `erase`, expected one of get/),
    });
    expect(refused(targetWith(SESSION, { observe: sampleTarget().observe }))).toMatchObject({
      exitCode: EXIT.usage,
      message: expect.stringMatching(/recordVersion/),
    });
  });
});

test('the streams of sessions hold exactly the rows there are, whatever the phases', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 2, maxLength: 6 });
  const plan = compiled(targetWith(SESSION));
  const asked = { write: 1, read: 0, delete: 8 };
  fc.assert(
    fc.property(lengths, (all) => {
      let atMs = 0;
      const phases = all.map((lengthMs, i): PlanPhase => {
        const fromMs = atMs;
        atMs += lengthMs;
        return { name: 'baseline', fromMs, toMs: atMs, judged: i > 0 };
      });
      const streams = sessionStreams({ ...plan, phases }, asked);
      const rows = sessionRows(phases, asked);
      const inStreams = streams.reduce((sum, { requests }) => sum + requests.reduce((a, b) => a + b, 0), 0);
      expect(inStreams).toBe(3 * rows.length);
      const writes = rows.filter(({ begins }) => begins).length;
      expect(streams.reduce((sum, { requests }) => sum + requests[asked.write]!, 0)).toBe(3 * writes);
      expect(streams.reduce((sum, { requests }) => sum + requests[asked.delete]!, 0)).toBe(3 * writes);
      expect(rows.every(({ dueMs }) => dueMs >= phases[1]!.fromMs && dueMs < atMs)).toBe(true);
    }),
  );
});
