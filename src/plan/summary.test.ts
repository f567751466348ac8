import { describe, expect, test } from 'vitest';
import { compilePlan, type PlanInput } from './compile.ts';
import { sampleInput, sampleProfile } from '../../test/sample/plan-input.ts';
import { laneCount, planSummary } from './summary.ts';
import { cellsTable, originsTable, rolesTable } from './tables.ts';
import { compileTimetable } from './timetable.ts';
import { duration, list, probability } from '../formats/words.ts';

const summaryOf = (more: Partial<PlanInput> = {}): string => planSummary(compilePlan(sampleInput(more))).join('\n');

describe('the summary of a plan', () => {
  test('shows what is sent and by when each gating claim is decided, in about a dozen lines', () => {
    const input = sampleInput();
    const plan = compilePlan(input);
    const { index } = compileTimetable(plan, input.profile, Infinity);
    const lines = planSummary(plan, index);
    expect(lines.length).toBeLessThanOrEqual(14);
    const text = lines.join('\n');
    expect(text).toContain('to sample (world active-active on this machine, routing at fast speed), seed 7');
    expect(text).toContain(`requests by ${index.clients.rows.length} clients, ${laneCount(plan)} lanes`);
    expect(text).toContain('150/s user requests');
    for (const { id } of plan.claims.filter(({ gating }) => gating)) {
      expect(text).toMatch(new RegExp(`claim ${id}: [23] regions, after (\\d+ min )?\\d+( s)?`));
    }
    expect(text).toContain('A healthy target passes with probability');
  });

  test('names what too short a run cannot decide, with the requests it has and the time it needs', () => {
    const text = summaryOf({ quick: true });
    expect(text).toMatch(/claim availability: too few requests in .*us-east-1 \(has [\d,]+, needs (\d+ min )?\d+ s\)/);
    expect(text).toMatch(/cells can only end INCONCLUSIVE; a healthy target passes the others with probability 9\d/);
  });

  test('names a region without clients as one without requests', () => {
    const { origins, ...profile } = sampleProfile();
    const text = summaryOf({ profile: { ...profile, origins: [{ ...origins[0]!, share: 1 }] } });
    expect(text).toContain('claim home-share: too few requests in us-east-1 (has 0) and eu-west-1 (has 0)');
  });

  test('shows what is infeasible, and whether it is for reads alone', () => {
    const text = summaryOf();
    expect(text).toMatch(
      /"claim client-p99" is infeasible for 2 of 4 cities: even a target that responds at once cannot keep 120 ms in Tokyo \(\d+ ms at best\) and Singapore \(\d+ ms at best\)/,
    );
    expect(text).toContain('for reads alone: feasible everywhere');
  });

  test('names a planted defect', () => {
    expect(summaryOf({ defect: 'slow-region' })).toContain('planted defect slow-region');
  });
});

describe('the tables of a plan', () => {
  const input = sampleInput({ durationSeconds: 30 });
  const plan = compilePlan(input);

  test('distinguish measured round trips from modelled ones', () => {
    const [titles, ...rows] = originsTable(plan);
    expect(titles).toMatch(/city +nearest region +round trip +share +per second +requests/);
    expect(rows.find((row) => row.startsWith('Tokyo'))).toMatch(/ap-southeast-1 +70 ms +measured +40 %/);
    expect(rows.find((row) => row.startsWith('London'))).toMatch(/eu-west-1 +[\d.]+ ms +modelled +20 %/);
  });

  test('have a line for every cell, with infeasible ones named so', () => {
    const lines = cellsTable(plan, () => true);
    expect(lines).toHaveLength(plan.cells.length + 1);
    expect(lines.find((line) => line.includes('Tokyo'))).toContain('infeasible');
    expect(lines.find((line) => line.startsWith('availability'))).toContain('0.1 % bad');
  });

  test('add up to the rows of the plan', () => {
    const { index } = compileTimetable(plan, input.profile, Infinity);
    const rows = rolesTable(plan, () => index.clients.rows.length).slice(1);
    const requests = rows.map((row) => Number(row.split(/ {2,}/)[3]!.replaceAll(',', '')));
    expect(requests.reduce((a, b) => a + b, 0)).toBe(plan.rows);
  });
});

test('figures never round a doubt away', () => {
  expect([probability(1), probability(0.9996), probability(0.97), probability(0.0004), probability(0)]).toEqual([
    '100 %',
    '> 99.9 %',
    '97 %',
    '< 0.1 %',
    '0 %',
  ]);
  expect([duration(45_000), duration(60_000), duration(125_000)]).toEqual(['45 s', '1 min', '2 min 5 s']);
  expect(list(['a', 'b', 'c', 'd'], 2)).toBe('a, b and 2 more');
});
