import { expect, test } from 'vitest';
import { cellOf, HEALED, judgeSynthetic, OUTAGE } from '../../../test/judge-synthetic.ts';
import type { SyntheticCarts } from '../../../test/synthetic/carts.ts';
import type { SyntheticOptions } from '../../../test/synthetic/options.ts';
import { plantOutage } from '../../../test/synthetic/outage.ts';
import type { RunResult } from '../../../reports/run-result.ts';

const LIMITS = { wrongCartWinners: 0, convergenceSeconds: 5 };

/** The healed outage, with its fault taken for one between regions 0 and 2 as far as carts go. */
const judge = async (carts: SyntheticCarts, more: SyntheticOptions = {}): Promise<RunResult> =>
  (
    await judgeSynthetic({
      ...OUTAGE,
      experiment: { ...OUTAGE.experiment!, limits: LIMITS },
      plant: (occasion, drawn) => (occasion.role === 'cart' ? undefined : plantOutage(HEALED)(occasion, drawn)),
      carts: { apart: { regions: [0, 2], afterHealMs: 1_000 }, ...carts },
      ...more,
    })
  ).result;

const statuses = (result: RunResult, claim: string): string[] =>
  result.cells.filter((cell) => cell.claim === claim).map(({ status }) => status);

test('regions that merge correctly have no wrong winner, agree, and converge at the right time', async () => {
  const result = await judge({ apart: { regions: [0, 1, 2], afterHealMs: 1_000 } });
  expect(statuses(result, 'cart-winner')).toEqual(['PASS', 'PASS', 'PASS']);
  expect(statuses(result, 'convergence')).toEqual(['PASS', 'PASS', 'PASS']);
  const { regions, differing, acknowledged, during } = result.figures.carts!;
  expect({ differing, unclear: result.figures.carts!.unclear, ignored: result.figures.carts!.ignored }).toEqual({
    differing: 0,
    unclear: 0,
    ignored: 0,
  });
  expect(acknowledged).toBeGreaterThan(during);
  // What they had kept from each other arrives 1.02 s after t1 (t1 is seen 60 ms after the end, the way takes 80).
  for (const { fromMs, toMs } of regions) {
    expect(fromMs).toBeLessThanOrEqual(1_020);
    expect(toMs).toBeGreaterThanOrEqual(1_020);
    expect(toMs! - fromMs!).toBeLessThan(4_000);
  }
  expect(result.verdict).toBe('PASS');
});

test('a merge in which the last arrival wins FAILs: superseded writes return, and regions differ', async () => {
  const result = await judge({ lastArrivalWins: true });
  expect(cellOf(result, 'cart-winner', 'us-east-1').status).toBe('FAIL');
  expect(result.figures.carts!.regions.reduce((sum, { ancestors }) => sum + ancestors, 0)).toBeGreaterThan(0);
  expect(result.figures.carts!.differing).toBeGreaterThan(0);
  expect(cellOf(result, 'convergence', 'us-east-1')).toMatchObject({ status: 'FAIL' });
  expect(result).toMatchObject({ verdict: 'FAIL', exitCode: 1 });
});

test('a wrong winner FAILs in a run with invalid times, but not in a run with an invalid recording', async () => {
  const step = { ms: 60_000, event: { kind: 'clock', stepMs: 80 } } as const;
  const busy = await judge({ lastArrivalWins: true }, { changeJournal: (events) => void events.splice(-3, 0, step) });
  expect(busy.validity.filter(({ ok }) => !ok).map(({ id }) => id)).toEqual(['clock']);
  expect(busy).toMatchObject({ verdict: 'FAIL', exitCode: 1 });
  expect(busy.why).toMatch(/^cart-winner in us-east-1.*Nothing else in this run counts \(clock\)/);
  expect(cellOf(busy, 'convergence', 'us-east-1').status).toBe('INVALID');
  const torn = await judge({ lastArrivalWins: true }, { changeRows: (rows) => rows.filter((_, i) => i % 50 !== 7) });
  expect(torn).toMatchObject({ verdict: 'INVALID', exitCode: 4 });
});

test('regions that converge too late FAIL', async () => {
  const result = await judge({ apart: { regions: [0, 1, 2], afterHealMs: 12_000 } });
  expect(statuses(result, 'convergence')).toEqual(['FAIL', 'FAIL', 'FAIL']);
  expect(statuses(result, 'cart-winner')).toEqual(['PASS', 'PASS', 'PASS']);
});

test('two regions that replicate through a third need no link of their own', async () => {
  const result = await judge({ apart: { regions: [0, 2], afterHealMs: 12_000 } });
  expect(statuses(result, 'convergence')).toEqual(['PASS', 'PASS', 'PASS']);
});

test('a missing cart and an unknown write are wrong winners in their region', async () => {
  const result = await judge({
    changeFinal: (regions) => {
      regions[0]!.carts![0]!.rows = null;
      regions[1]!.carts![3]!.rows = [];
      regions[1]!.carts![4]!.rows = [1];
    },
  });
  expect(result.figures.carts!.regions.map(({ gone, strangers, wrong }) => [gone, strangers, wrong])).toEqual([
    [1, 0, 1],
    [0, 2, 2],
    [0, 0, 0],
  ]);
  expect(statuses(result, 'cart-winner')).toEqual(['FAIL', 'FAIL', 'PASS']);
});

test('without measurements carts are not tested and do not pass', async () => {
  const unedited = await judge({}, { carts: undefined as never });
  expect(unedited.figures.carts).toBeNull();
  for (const claim of ['cart-winner', 'convergence']) {
    expect(cellOf(unedited, claim, 'eu-west-1')).toMatchObject({ status: 'INCONCLUSIVE' });
    expect(cellOf(unedited, claim, 'eu-west-1').why).toContain('Not tested');
  }
  const unread = await judge({ changeFinal: (regions) => (regions[1]!.carts = null) });
  expect(statuses(unread, 'cart-winner')).toEqual(['PASS', 'INCONCLUSIVE', 'PASS']);
  const refused = await judge({
    changeFinal: (regions) => Object.assign(regions[1]!, { carts: null, failure: 'status 401' }),
  });
  const { why } = refused.cells.filter(({ claim }) => claim === 'cart-winner')[1]!;
  expect(why).toContain('could not be read after the run (status 401)');
  const unseen = await judge({
    changeEvents: (events) => events.filter((event) => event.kind !== 'note' || event.name !== 'cart-read'),
  });
  expect(statuses(unseen, 'convergence')).toEqual(['INCONCLUSIVE', 'INCONCLUSIVE', 'INCONCLUSIVE']);
  expect(cellOf(unseen, 'convergence', 'eu-west-1').why).toContain('Not tested');
});

test('without the versions that edits read and wrote nothing passes', async () => {
  const result = await judge({
    changeEvents: (events) => events.filter((event) => event.kind !== 'note' || event.name !== 'cart-written'),
  });
  expect(result.figures.carts).toMatchObject({ unclear: result.figures.carts!.acknowledged, during: 0 });
  expect(statuses(result, 'cart-winner')).toEqual(['INCONCLUSIVE', 'INCONCLUSIVE', 'INCONCLUSIVE']);
});

test('malformed, repeated and stray lines about carts are counted and change nothing', async () => {
  const line = (event: unknown): string => `@j ${JSON.stringify(event)}\n`;
  const result = await judge(
    {
      changeEvents: (events) => [
        ...events,
        events[0]!,
        events.findLast((event) => event.kind === 'note' && event.name === 'cart-written')!,
      ],
    },
    {
      tail: [
        line(null),
        line(7),
        line({ kind: 'note', name: 'cart-read', row: 'one', said: { clock: {} } }),
        line({ kind: 'note', name: 'cart-read', row: 0 }),
        line({ kind: 'note', name: 'cart-read', row: 0, said: { clock: { 'us-east-1': -1 } } }),
        line({ kind: 'note', name: 'cart-written', row: 0, said: { known: [], clock: {} } }),
        line({ kind: 'note', name: 'cart-written', row: 0, said: { clock: {} } }),
        line({ kind: 'note', name: 'cart-read', row: 0, said: { clock: { 'us-east-1': 1 } } }),
      ].join(''),
    },
  );
  expect(result.figures.carts!.ignored).toBe(8);
  expect(statuses(result, 'cart-winner')).toEqual(['PASS', 'PASS', 'PASS']);
});

test('edits of carts count for no other cell', async () => {
  const [with_, without] = [await judge({}), await judge({}, { carts: undefined as never })];
  const totals = (result: RunResult): number[] =>
    result.cells.filter(({ claim }) => claim === 'availability' || claim === 'read-p99').map(({ total }) => total);
  // The same seed draws other people, so that only the order of size can be told.
  for (const [i, total] of totals(with_).entries())
    expect(Math.abs(total - totals(without)[i]!)).toBeLessThan(0.1 * total);
});
