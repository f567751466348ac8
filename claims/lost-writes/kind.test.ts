import { describe, expect, it } from 'vitest';
import { found } from '../../test/found.ts';
import type { Finding } from '../claim.ts';
import type { LedgerFigures } from '../measures/ledger/schema.ts';

const judged = (
  lostWrites: number,
  ledger: LedgerFigures | null,
  kind: 'lost-writes' | 'divergent-writes' = 'lost-writes',
): Finding => found(kind, { lostWrites }, { ledger });

describe('the limit on lost writes', () => {
  const books: LedgerFigures = {
    acknowledged: 400,
    refused: 3,
    unknown: 2,
    appeared: 1,
    unread: [],
    wasRead: true,
    divergent: 0,
    lost: 4,
    lostBeforeMs: 120,
    behind: [],
  };

  it('counts acknowledged writes that are missing everywhere', () => {
    expect(judged(5, books)).toMatchObject({ status: 'PASS', total: 400, bad: 4 });
    expect(judged(3, books).status).toBe('FAIL');
  });

  it('is INCONCLUSIVE if a region, or every region, could not be read', () => {
    expect(judged(3, { ...books, unread: ['eu-west-1'] }).status).toBe('INCONCLUSIVE');
    expect(judged(3, { ...books, lost: null }).status).toBe('INCONCLUSIVE');
    expect(judged(3, { ...books, acknowledged: 0, lost: 0 }).status).toBe('INCONCLUSIVE');
    expect(judged(3, null).status).toBe('INCONCLUSIVE');
  });

  it('names the regions that could not be read and why', () => {
    const unread = ['eu-west-1', 'us-east-1'];
    const some = { ...books, unread: ['eu-west-1'], readFailures: { 'eu-west-1': 'status 401' } };
    const none = { ...books, lost: null, wasRead: false, unread, readFailures: { 'us-east-1': 'TLS error: expired' } };
    for (const claim of ['lost-writes', 'divergent-writes'] as const) {
      expect(judged(3, some, claim).why).toMatch(/eu-west-1 \(status 401\) could not be read\.$/);
      const { status, why } = judged(3, none, claim);
      expect(status).toBe('INCONCLUSIVE');
      expect(why).toMatch(/eu-west-1 and us-east-1 \(TLS error: expired\) could not be read\.$/);
    }
  });

  it('adds the claim that a write is in every region or in none', () => {
    const divergent = (change: Partial<LedgerFigures>): Finding =>
      judged(5, { ...books, ...change }, 'divergent-writes');
    expect(divergent({}).status).toBe('PASS');
    const diverged = divergent({ divergent: 2, behind: [{ region: 'eu-west-1', missing: 6 }] });
    expect(diverged).toMatchObject({ status: 'FAIL', bad: 2, total: 400 });
    expect(diverged.why).toMatch(/missing from another \(eu-west-1\)/);
    expect(divergent({ unread: ['eu-west-1'] }).status).toBe('INCONCLUSIVE');
    expect(divergent({ wasRead: false, lost: null }).status).toBe('INCONCLUSIVE');
  });
});
