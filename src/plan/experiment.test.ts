import { describe, expect, test } from 'vitest';
import { EXIT } from '../errors.ts';
import type { ExperimentSpec } from '../formats/faults.ts';
import { CLIENT_ROLES, COHORTS, TIMETABLE_ROW_WORDS } from '../formats/timetable.ts';
import { compilePlan } from './compile.ts';
import { sampleInput, sampleProfile } from './sample-input.ts';
import { compileTimetable } from './timetable.ts';

const TIMEOUT_MS = 10_000;

const outage = (more: Partial<ExperimentSpec> = {}): ExperimentSpec => ({
  name: 'outage',
  title: 'Outage',
  hypothesis: 'People are served elsewhere.',
  profile: 'sample',
  rateFactor: 1,
  baselineMs: 20_000,
  settleMs: 10_000,
  recoveryMs: 15_000,
  faults: [
    { number: 1, kind: 'region-outage', params: { region: 'ap-southeast-1' }, sites: [], fromMs: 0, toMs: 12_000 },
  ],
  regions: ['ap-southeast-1'],
  blastRadius: { requestShare: 0.8, durationMs: 12_000 },
  limits: {
    rtoMs: 15_000,
    failBackMs: null,
    recoveryMs: null,
    lostWrites: null,
    stalenessMs: null,
    readP99Ms: null,
    lagAlertMs: null,
    unreportedLagShare: null,
    badShare: null,
    ownReadMs: null,
    goingBackShare: null,
  },
  guards: { outsideBadShare: 0.1, windowMs: 5_000 },
  ...more,
});

describe('a plan with an experiment', () => {
  const plan = compilePlan(sampleInput({ experiment: outage() }));

  test('has baseline, fault, settling and recovery, one after the other', () => {
    const pieces = plan.phases.map(({ name, fromMs, toMs, judged }) => [name, toMs - fromMs, judged]);
    expect(pieces).toEqual([
      ['warm-up', 8_000, false],
      ['baseline', 20_000, true],
      ['fault', 12_000, true],
      ['recovery', 10_000, false],
      ['recovery', 15_000, true],
    ]);
    expect(plan.experiment!.faults[0]).toMatchObject({ fromMs: 28_000, toMs: 40_000 });
    expect(plan.experiment!.regions).toEqual([2]);
  });

  test('asks of regions that nothing is done to that they do not notice, with evidence enough to say so', () => {
    const during = plan.cells.filter(({ claim }) => plan.claims[claim]!.phase === 'fault');
    expect(new Set(during.map(({ subject }) => subject))).toEqual(new Set([0, 1]));
    expect(new Set(during.map(({ claim }) => plan.claims[claim]!.id))).toEqual(
      new Set(['during-good', 'during-read-p99']),
    );
    for (const cell of during) expect(cell.passProbability).toBeGreaterThan(0.95);
  });

  test('judges afterwards everywhere, and lets the baseline only inform', () => {
    const gating = plan.claims.filter((claim) => claim.gating).map(({ phase }) => phase);
    expect(new Set(gating)).toEqual(new Set(['fault', 'recovery']));
    const after = plan.cells.filter(({ claim }) => plan.claims[claim]!.id === 'after-good');
    expect(after.map(({ subject }) => subject)).toEqual([0, 1, 2]);
  });

  test('sends from the largest city of the hurt region every 100 ms in each cohort, once the baseline begins', () => {
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

  test('has clients enough that every request due while the region hangs leaves when it is due', () => {
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

  test('is refused when more requests would suffer than declared', () => {
    const compile = () =>
      compilePlan(sampleInput({ experiment: outage({ blastRadius: { requestShare: 0.5, durationMs: 12_000 } }) }));
    expect(compile).toThrow(
      expect.objectContaining({ exitCode: EXIT.usage, message: expect.stringContaining('at most 50 %') }),
    );
  });
});
