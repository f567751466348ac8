import { describe, expect, it } from 'vitest';
import { Ledger } from './measure.ts';
import type { LedgerFigures } from './schema.ts';
import { type JudgedRow, ROLE } from '../../row.ts';
import type { Journal } from '../../../src/formats/journal-lines.ts';

/** A write of row `row` that was sent at `startMs` and ended 100 ms later, with this status. */
const write = (row: number, startMs: number, status: number, more: object = {}): JudgedRow =>
  ({
    role: ROLE.ledger,
    bad: status !== 201,
    interrupted: false,
    row: { row, status, startMs, resolveUs: 0, totalUs: 100_000 },
    ...more,
  }) as JudgedRow;

/** What the ledger says of these writes, given which rows each region knows at the end (null: it does not answer). */
function books(writes: JudgedRow[], known: Record<string, number[] | null> | null): LedgerFigures | null {
  const ledger = new Ledger();
  for (const row of writes) ledger.add(row);
  const regions = known && Object.entries(known).map(([region, rows]) => ({ region, rows }));
  return ledger.finish({ last: () => (regions ? { regions } : undefined) } as unknown as Journal, 10_000);
}

const acknowledged = [write(1, 1_000, 201), write(2, 9_500, 201), write(3, 12_000, 201)];

describe('the ledger', () => {
  it('counts lost writes, and how long before t0 the oldest was acknowledged', () => {
    expect(books(acknowledged, { a: [1, 3], b: [3] })).toMatchObject({ acknowledged: 3, lost: 1, lostBeforeMs: 400 });
    expect(books(acknowledged, { a: [2, 3], b: [1] })).toMatchObject({ lost: 0, lostBeforeMs: 0 });
  });

  it('counts divergent writes separately from lost ones', () => {
    expect(books(acknowledged, { a: [1, 3], b: [3] })).toMatchObject({ divergent: 1, lost: 1 });
    expect(books(acknowledged, { a: [1, 2], b: [1, 2] })).toMatchObject({ divergent: 0, lost: 1 });
    // Each knows what the other lacks: two truths.
    expect(books(acknowledged, { a: [1, 3], b: [2, 3] })).toMatchObject({ divergent: 1, lost: 0 });
  });

  it('counts 4xx as refused, and 5xx and missing responses as unknown', () => {
    const open = [write(4, 1_000, 409), write(5, 1_000, 0), write(6, 1_000, 503)];
    const seen = books([...acknowledged, ...open], { a: [1, 2, 3, 5] });
    expect(seen).toMatchObject({ acknowledged: 3, refused: 1, unknown: 2, appeared: 1, lost: 0 });
  });

  it('has no lost writes if no region could be read, and names the unread regions', () => {
    expect(books(acknowledged, { a: null, b: null })).toMatchObject({ lost: null, wasRead: false, unread: ['a', 'b'] });
    expect(books(acknowledged, { a: [1, 2, 3], b: null })).toMatchObject({ lost: 0, unread: ['b'] });
    expect(books(acknowledged, null)).toMatchObject({ lost: null, wasRead: false });
  });

  it('keeps the reasons of unread regions', () => {
    const regions = [
      { region: 'a', rows: null, failure: 'status 401' },
      { region: 'b', rows: [1, 2, 3] },
    ];
    const ledger = new Ledger();
    for (const row of acknowledged) ledger.add(row);
    const figures = ledger.finish({ last: () => ({ regions }) } as unknown as Journal, 10_000);
    expect(figures).toMatchObject({ lost: 0, unread: ['a'], readFailures: { a: 'status 401' } });
  });

  it('is null without writes and final reads, and ignores interrupted and other writes', () => {
    expect(books([], null)).toBeNull();
    const cut = write(7, 1_000, 201, { interrupted: true });
    const other = write(8, 1_000, 201, { role: ROLE.mix });
    expect(books([...acknowledged, cut, other], { a: [1, 2, 3] })).toMatchObject({ acknowledged: 3, lost: 0 });
  });
});
