import { describe, expect, it } from 'vitest';
import type { LedgerFigures } from './schema.ts';
import { ledgerWords } from './words.ts';

const words = (more: Partial<LedgerFigures>): string =>
  ledgerWords({
    acknowledged: 100,
    refused: 0,
    unknown: 0,
    appeared: 0,
    unread: [],
    wasRead: true,
    lost: 0,
    divergent: 0,
    lostBeforeMs: 0,
    behind: [],
    ...more,
  });

describe('the line on the ledger', () => {
  it('names a time before t0 only if a lost write was acknowledged before t0: a load run has no t0', () => {
    expect(words({ lost: 2 })).toBe(
      '100 writes acknowledged, 0 rejected; 2 acknowledged writes missing from every region',
    );
    expect(words({ lost: 2, lostBeforeMs: 1500 })).toContain('(the oldest acknowledged 1.5 s before t0)');
  });

  it('counts any failure with an unknown outcome, a 503 as well as no response', () => {
    expect(words({ unknown: 3, appeared: 1 })).toContain('3 neither (1 found written after the run)');
  });
});
