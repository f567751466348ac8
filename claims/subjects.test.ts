import { describe, expect, test } from 'vitest';
import { cellOf, FAILED, judge } from '../test/judge-synthetic.ts';
import type { SyntheticOptions } from '../test/synthetic/options.ts';
import type { RunPlan } from '../src/formats/plan.ts';
import { regionsOfPair, SUBJECTS } from './subjects.ts';

/** Lets the claim `availability` be about something else, of requests that all say whose they are. */
const about = (per: 'tenant' | 'version', more: SyntheticOptions): SyntheticOptions => ({
  ...more,
  changePlan(plan) {
    for (const operation of plan.operations) operation.isOfTenant = true;
    plan.versions = [
      { version: 1, share: 0.5 },
      { version: 2, share: 0.5 },
    ];
    const good = plan.claims.findIndex(({ id }) => id === 'availability');
    Object.assign(plan.claims[good]!, { per, maxBadShare: 0.01 });
    const [cell] = plan.cells.filter(({ claim }) => claim === good);
    plan.cells = plan.cells.filter(({ claim }) => claim !== good);
    plan.cells.push({ ...cell!, subject: 0 }, { ...cell!, subject: 1 });
  },
});

describe('a claim per tenant', () => {
  const tenantOf = (row: number): number => row % 2;

  test('is FAIL for the one whose requests fail, and PASS for the other', async () => {
    const fails = await judge(
      about('tenant', {
        tenantOf,
        plant: ({ row, role }) => (role !== 'control' && row % 40 === 1 ? FAILED : undefined),
      }),
    );
    expect(cellOf(fails, 'availability', 'globex').status).toBe('FAIL');
    expect(cellOf(fails, 'availability', 'acme')).toMatchObject({ status: 'PASS', bad: 0 });
  });

  test('is not tested for a tenant without requests', async () => {
    const { status, why } = cellOf(await judge(about('tenant', {})), 'availability', 'globex');
    expect([status, why]).toEqual(['INCONCLUSIVE', expect.stringMatching(/^Not tested: no user of globex sent/)]);
  });
});

describe('a claim per version', () => {
  const second = { apiVersion: 2 };

  test('is FAIL for the version that fails, and PASS for the other', async () => {
    const plant: SyntheticOptions['plant'] = ({ row, role }) => {
      if (role === 'control' || row % 2 === 0) return undefined;
      return row % 40 === 1 ? { ...FAILED, ...second } : second;
    };
    const result = await judge(about('version', { plant }));
    expect(cellOf(result, 'availability', 'v2').status).toBe('FAIL');
    expect(cellOf(result, 'availability', 'v1')).toMatchObject({ status: 'PASS', bad: 0 });
  });

  test('is not tested for a version that no response named', async () => {
    const { status, why } = cellOf(await judge(about('version', {})), 'availability', 'v2');
    expect([status, why]).toEqual(['INCONCLUSIVE', expect.stringMatching(/^Not tested: no response named v2/)]);
  });
});

test('each pair of regions occurs once', () => {
  const plan = { regions: ['a', 'b', 'c'].map((id) => ({ id })) } as unknown as RunPlan & { target: { name: string } };
  const ids = SUBJECTS.pair.ids(plan);
  const pairs = SUBJECTS.pair.applies(plan).flatMap((isPair, i) => (isPair ? [i] : []));
  expect(pairs.map((i) => ids[i])).toEqual(['a/b', 'a/c', 'b/c']);
  expect(pairs.map((i) => regionsOfPair(plan, i))).toEqual([
    [0, 1],
    [0, 2],
    [1, 2],
  ]);
});
