import { describe, expect, it } from 'vitest';
import { found } from '../../test/found.ts';
import type { Finding } from '../claim.ts';
import type { LedgerFigures } from '../measures/ledger/schema.ts';

const judged = (
  maxLost: number,
  ledger: LedgerFigures | null,
  kind: 'lost-writes' | 'divergent-writes' = 'lost-writes',
): Finding => found(kind, { lostWrites: maxLost }, { ledger });

describe('the limit on lost writes', () => {
  const ledger: LedgerFigures = {
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
    expect(judged(5, ledger)).toMatchObject({ status: 'PASS', total: 400, bad: 4 });
    expect(judged(3, ledger).status).toBe('FAIL');
  });

  it('is INCONCLUSIVE beyond the limit if a region could not be read, and passes within it', () => {
    expect(judged(3, { ...ledger, unread: ['eu-west-1'] }).status).toBe('INCONCLUSIVE');
    const within = judged(4, { ...ledger, unread: ['eu-west-1'] });
    expect(within).toMatchObject({ status: 'PASS', why: expect.stringContaining('every region that could be read') });
  });

  it('is INCONCLUSIVE without a ledger, acknowledged writes or a region that could be read', () => {
    expect(judged(3, { ...ledger, lost: null }).status).toBe('INCONCLUSIVE');
    expect(judged(3, { ...ledger, acknowledged: 0, lost: 0 }).status).toBe('INCONCLUSIVE');
    expect(judged(3, null).status).toBe('INCONCLUSIVE');
  });

  it('names the regions that could not be read and why', () => {
    const unread = ['eu-west-1', 'us-east-1'];
    const oneUnread = { ...ledger, unread: ['eu-west-1'], readFailures: { 'eu-west-1': 'status 401' } };
    const allUnread = {
      ...ledger,
      lost: null,
      wasRead: false,
      unread,
      readFailures: { 'us-east-1': 'TLS error: expired' },
    };
    for (const kind of ['lost-writes', 'divergent-writes'] as const) {
      expect(judged(3, oneUnread, kind).why).toMatch(/eu-west-1 \(status 401\) could not be read\.$/);
      const { status, why } = judged(3, allUnread, kind);
      expect(status).toBe('INCONCLUSIVE');
      expect(why).toMatch(/eu-west-1 and us-east-1 \(TLS error: expired\) could not be read\.$/);
    }
  });

  it('adds divergent-writes, which fails if a write is in one region and missing from another', () => {
    const divergent = (change: Partial<LedgerFigures>): Finding =>
      judged(5, { ...ledger, ...change }, 'divergent-writes');
    expect(divergent({}).status).toBe('PASS');
    const diverged = divergent({ divergent: 2, behind: [{ region: 'eu-west-1', missing: 6 }] });
    expect(diverged).toMatchObject({ status: 'FAIL', bad: 2, total: 400 });
    expect(diverged.why).toMatch(/missing from another \(eu-west-1\)/);
    expect(divergent({ unread: ['eu-west-1'] }).status).toBe('INCONCLUSIVE');
    expect(divergent({ wasRead: false, lost: null }).status).toBe('INCONCLUSIVE');
  });
});
