import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Profile } from '../config/types.ts';
import { EXIT } from '../errors.ts';
import type { PlanStream, RunPlan } from '../formats/plan.ts';
import { CLIENT_ROLES, COHORTS, ROW_FLAG, TIMETABLE_ROW_WORDS } from '../formats/timetable.ts';
import { compilePlan, type PlanInput } from './compile.ts';
import { estimatedBusyMs } from './operations.ts';
import { sampleInput, sampleProfile } from '../../test/sample/plan-input.ts';
import { compileTimetable, type Timetable } from './timetable.ts';

interface Row {
  client: number;
  dueMs: number;
  operation: number;
  tenant: number;
  key: number;
  session: number;
  starts: boolean;
}

/** Rows as the player reads them: by client, from its block. */
function rowsOf({ bin, index }: Timetable): Row[] {
  const words = new Uint32Array(bin.buffer);
  return index.clients.firstRow.flatMap((first, client) =>
    Array.from({ length: index.clients.rows[client]! }, (_, i) => {
      const at = (first + i) * TIMETABLE_ROW_WORDS;
      return {
        client,
        dueMs: words[at]!,
        operation: words[at + 1]! & 0xffff,
        tenant: words[at + 1]! >>> 16,
        key: words[at + 2]!,
        session: words[at + 3]! & 0xffffff,
        starts: words[at + 3]! >>> 24 === ROW_FLAG.sessionStart,
      };
    }),
  );
}

const compiled = (more: Partial<PlanInput> = {}): { plan: RunPlan; profile: Profile; timetable: Timetable } => {
  const input = sampleInput({ durationSeconds: 20, ...more });
  const plan = compilePlan(input);
  return { plan, profile: input.profile, timetable: compileTimetable(plan, input.profile, Infinity) };
};

const streamKey = (stream: Pick<PlanStream, 'role' | 'origin' | 'phase'>): string =>
  `${stream.role} ${stream.origin} ${stream.phase}`;

const phaseOf = (plan: RunPlan, ms: number): number =>
  plan.phases.findIndex(({ fromMs, toMs }) => ms >= fromMs && ms < toMs);

const profiles = fc.record({
  ratePerSecond: fc.double({ min: 1, max: 200, noNaN: true }),
  durationSeconds: fc.integer({ min: 1, max: 12 }),
  seed: fc.nat(1_000_000),
  shape: fc.constantFrom<Profile['arrivals']['shape']>('uniform', 'poisson', 'day'),
  meanRequests: fc.double({ min: 1, max: 30, noNaN: true }),
  thinkMedianMs: fc.constantFrom(0, 50, 1000, 20_000),
  tokyo: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
});

describe('a timetable', () => {
  test('holds exactly the rows of the plan, in blocks ordered by time, without overlapping visits of a client', () => {
    fc.assert(
      fc.property(profiles, (p) => {
        const base = sampleProfile();
        const profile: Profile = {
          ...base,
          origins: [
            { ...base.origins[0]!, share: p.tokyo },
            { ...base.origins[3]!, share: 1 - p.tokyo },
          ],
          session: { meanRequests: p.meanRequests, thinkMedianMs: p.thinkMedianMs, thinkSigmaLog: 0.6 },
          arrivals: { ratePerSecond: p.ratePerSecond, shape: p.shape, daySeconds: 60, startUtcHour: 3 },
        };
        const { plan, timetable } = compiled({ profile, seed: p.seed, durationSeconds: p.durationSeconds });
        const { index } = timetable;
        const rows = rowsOf(timetable);

        // Conservation.
        expect(index.totalRows).toBe(plan.rows);
        expect(timetable.bin.byteLength).toBe(plan.rows * 16);
        expect(rows).toHaveLength(plan.rows);
        const expected = new Map(plan.streams.map((stream) => [streamKey(stream), stream.requests]));
        const counted = new Map(plan.streams.map((stream) => [streamKey(stream), stream.requests.map(() => 0)]));
        for (const { client, dueMs, operation } of rows) {
          const role = CLIENT_ROLES[index.clients.role[client]!]!;
          const key = streamKey({ role, origin: index.clients.origin[client]!, phase: phaseOf(plan, dueMs) });
          counted.get(key)![operation]! += 1;
        }
        expect(counted).toEqual(expected);
        const mix = plan.streams.filter(({ role }) => role === 'mix').flatMap(({ requests }) => requests);
        expect(mix.reduce((a, b) => a + b, 0)).toBe(plan.mixRows);

        // Blocks are contiguous.
        let next = 0;
        for (const [client, first] of index.clients.firstRow.entries()) {
          expect(first).toBe(next);
          expect(index.clients.rows[client]).toBeGreaterThan(0);
          next += index.clients.rows[client]!;
        }

        // Order, and time for each response before the next request.
        const wrong = rows.filter((row, i) => {
          const before = rows[i - 1];
          if (before?.client !== row.client) return !row.starts;
          const origin = plan.origins[index.clients.origin[row.client]!]!;
          const cohort = COHORTS[index.clients.cohort[row.client]!]!;
          const busyMs = Math.floor(estimatedBusyMs(plan, origin, before.operation, cohort));
          const isTooSoon = row.dueMs - before.dueMs < busyMs - (row.starts ? 0 : 1);
          return isTooSoon || row.starts !== (row.session !== before.session);
        });
        expect(wrong).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  test('has the same bytes for the same seed, and others for another', () => {
    const hash = (seed: number): string => createHash('sha256').update(compiled({ seed }).timetable.bin).digest('hex');
    expect(hash(7)).toBe(hash(7));
    expect(hash(8)).not.toBe(hash(7));
    // Golden: changes only when the meaning of a seed changes, and then every old run's command stops reproducing it.
    expect(hash(7)).toMatchInlineSnapshot(`"42eb6e708c7ac3b513524eb6089a55fc751a697634fe7838891c790ddc55f9ca"`);
  });

  test('has one session per visit, with one tenant and keys of existing records', () => {
    const { timetable, profile, plan } = compiled();
    const tenants = new Map<number, number>();
    const wrong: Row[] = [];
    for (const row of rowsOf(timetable)) {
      const tenant = tenants.get(row.session) ?? row.tenant;
      tenants.set(row.session, tenant);
      const isTracer = plan.operations[row.operation]!.name.startsWith('tracer-');
      const isKey = isTracer ? row.key >= 100_000 : row.key < profile.keys.count;
      if (!isKey || row.tenant !== tenant || tenant >= profile.tenants.count) wrong.push(row);
    }
    expect(wrong).toEqual([]);
  });

  test('has sessions of the length of the profile, except at the ends of phases', () => {
    const profile = { ...sampleProfile(), session: { meanRequests: 6, thinkMedianMs: 20, thinkSigmaLog: 0.4 } };
    const { timetable } = compiled({ profile, durationSeconds: 120 });
    const mix = rowsOf(timetable).filter(({ client }) => timetable.index.clients.role[client] === 0);
    const sessions = new Set(mix.map(({ session }) => session)).size;
    expect(mix.length / sessions).toBeGreaterThan(5.5);
    expect(mix.length / sessions).toBeLessThan(6.3);
  });

  test('keeps the rate from the first second to the last', () => {
    const { timetable, plan } = compiled({ durationSeconds: 60 });
    const perSecond = Array.from({ length: plan.durationMs / 1000 }, () => 0);
    for (const { client, dueMs } of rowsOf(timetable)) {
      if (timetable.index.clients.role[client] === 0) perSecond[Math.floor(dueMs / 1000)]! += 1;
    }
    const mean = (from: number, to: number): number =>
      perSecond.slice(from, to).reduce((a, b) => a + b, 0) / (to - from);
    // Baseline from second 10: its start, middle and end. Sessions of five make a standard deviation of about 4 %.
    for (const at of [10, 35, 60]) expect(Math.abs(mean(at, at + 10) / 150 - 1)).toBeLessThan(0.16);
  });

  test('has Poisson arrivals, and evenly spaced ones where the profile is uniform', () => {
    const dispersion = (shape: 'poisson' | 'uniform'): number => {
      const base = sampleProfile();
      const profile = {
        ...base,
        origins: [{ ...base.origins[0]!, share: 1 }],
        session: { ...base.session, meanRequests: 1 },
        arrivals: { ...base.arrivals, shape },
      };
      const { timetable, plan } = compiled({ profile, durationSeconds: 120 });
      const from = plan.phases[1]!.fromMs;
      const counts = Array.from({ length: 600 }, () => 0);
      for (const { client, dueMs } of rowsOf(timetable)) {
        if (timetable.index.clients.role[client] === 0 && dueMs >= from) counts[Math.floor((dueMs - from) / 200)]! += 1;
      }
      const mean = counts.reduce((a, b) => a + b, 0) / 600;
      return counts.reduce((sum, n) => sum + (n - mean) ** 2, 0) / 599 / mean;
    };
    expect(Math.abs(dispersion('poisson') - 1)).toBeLessThan(0.24);
    expect(dispersion('uniform')).toBeLessThan(0.05);
  });

  test('splits cohorts by quota, and sends probes to their own region', () => {
    const { timetable, plan, profile } = compiled({ durationSeconds: 120 });
    const { clients } = timetable.index;
    const sessions = COHORTS.map(() => 0);
    const wrong: Row[] = [];
    for (const row of rowsOf(timetable)) {
      const role = CLIENT_ROLES[clients.role[row.client]!]!;
      if (role === 'mix' && row.starts) sessions[clients.cohort[row.client]!]! += 1;
      const isExtra = role !== 'mix' && role !== 'topup';
      if (isExtra && COHORTS[clients.cohort[row.client]!] !== 'direct') wrong.push(row);
      const stands = role === 'probe' || role === 'tracer';
      if (stands && plan.origins[clients.origin[row.client]!]!.kind !== 'region') wrong.push(row);
    }
    expect(wrong).toEqual([]);
    const all = sessions.reduce((a, b) => a + b, 0);
    const shares = COHORTS.map((cohort, c) => ({
      cohort,
      off: Math.abs(sessions[c]! / all - profile.cohorts[cohort]),
    }));
    expect(shares.filter(({ off }) => off > 0.02)).toEqual([]);
  });

  test('has one client that writes the tracer records in turn, four times a second', () => {
    const { timetable, plan } = compiled();
    const writes = rowsOf(timetable).filter(({ operation }) => plan.operations[operation]!.name === 'tracer-write');
    expect(new Set(writes.map(({ client }) => client)).size).toBe(1);
    const baseline = writes.filter(({ dueMs }) => dueMs >= plan.phases[1]!.fromMs);
    expect(baseline).toHaveLength(80);
    for (const [i, write] of baseline.entries()) {
      const before = baseline[i - 1];
      if (!before) continue;
      expect(Math.abs(write.dueMs - before.dueMs - 250)).toBeLessThanOrEqual(1);
      expect(write.key).not.toBe(before.key);
    }
    expect(new Set(writes.map(({ key }) => key))).toEqual(new Set([100_000, 100_001]));
  });

  test('follows the day of each city', () => {
    const base = sampleProfile();
    const arrivals = { ratePerSecond: 100, shape: 'day' as const, daySeconds: 120, startUtcHour: 0 };
    // Short visits: the day pressed into two minutes makes long ones last for hours.
    const session = { meanRequests: 2, thinkMedianMs: 100, thinkSigmaLog: 0.5 };
    const { timetable, plan } = compiled({ profile: { ...base, arrivals, session }, durationSeconds: 110 });
    const londonAt = (hour: number): number => {
      const ms = (hour / 24) * 120_000;
      return rowsOf(timetable).filter(
        ({ client, dueMs }) =>
          timetable.index.clients.role[client] === 0 &&
          plan.origins[timetable.index.clients.origin[client]!]!.id === 'london' &&
          Math.abs(dueMs - ms) < 5000,
      ).length;
    };
    // src/geo/day-curve.ts: 0.4 of the peak at four in the morning.
    expect(londonAt(4) / londonAt(21)).toBeLessThan(0.6);
    expect(londonAt(4) / londonAt(21)).toBeGreaterThan(0.25);
  });
});

describe('a timetable that does not fit', () => {
  test('into memory with its clients is refused early, with what to lower', () => {
    const input = sampleInput({ durationSeconds: 20 });
    const plan = compilePlan(input);
    const refused = (memoryBytes: number): unknown => {
      try {
        compileTimetable(plan, input.profile, memoryBytes);
        return null;
      } catch (error) {
        return error;
      }
    };
    expect(refused(20e6)).toMatchObject({
      exitCode: EXIT.usage,
      message: expect.stringMatching(/more than \d+ clients, 21 MB, expected at most 20 MB\. Lower --rate/),
    });
    expect(refused(100_000)).toMatchObject({ exitCode: EXIT.usage });
    expect(refused(2e9)).toBeNull();
  });

  test('into the numbers of its sessions is refused', () => {
    const input = sampleInput({ durationSeconds: 86_400, ratePerSecond: 1000 });
    expect(() => compileTimetable(compilePlan(input), input.profile, Infinity)).toThrow(/too many sessions/);
  });
});
