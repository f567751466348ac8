import { describe, expect, it } from 'vitest';
import { NO_LIMITS } from '../../test/sample/limits.ts';
import { sampleRun } from '../../test/sample/run.ts';
import type { ExperimentLimits } from '../../src/formats/faults.ts';
import type { LedgerFigures } from '../../src/formats/data-figures.ts';
import type { CellVerdict, FaultFigures, RegionFailover } from '../../src/formats/run-result.ts';
import { clockCells } from './clock-cells.ts';

/** The one cell of the one limit, for faults that are as in the sample but for these figures. */
function judged(
  limits: Partial<ExperimentLimits>,
  changes: Partial<RegionFailover>[],
  ledger: LedgerFigures | null = null,
  wanted = '',
): CellVerdict {
  const { plan, result } = sampleRun('fault');
  plan.experiment!.limits = { ...NO_LIMITS, ...limits };
  const faults = changes.map((change, i): FaultFigures => {
    const fault = structuredClone(result.faults[0]!);
    Object.assign(fault.regions[0]!, change);
    return { ...fault, number: i + 1, t0Ms: fault.t0Ms! + i * 20_000, t1Ms: fault.t1Ms! + i * 20_000 };
  });
  // A limit on lost writes comes with the claim that regions agree on them.
  const cells = clockCells(plan, faults, ledger, []);
  expect(cells).toHaveLength('lostWrites' in limits ? 2 : 1);
  return cells.find(({ claim }) => claim === wanted) ?? cells[0]!;
}

describe('the limit on the time to recover', () => {
  it.each([
    [8_000, 9_000, 10_000, 'PASS'],
    [8_000, 9_000, 8_500, 'INCONCLUSIVE'],
    [8_000, 9_000, 7_000, 'FAIL'],
    [0, 0, 7_000, 'PASS'],
    [null, null, 7_000, 'FAIL'],
  ])('recovered from %s to %s ms against %d ms is %s or worse', (rtoFromMs, rtoToMs, rtoMs, status) => {
    expect(judged({ rtoMs }, [{ rtoFromMs, rtoToMs }])).toMatchObject({ claim: 'rto', status, gating: true });
  });

  it('is INCONCLUSIVE without a clock, whatever was seen', () => {
    expect(judged({ rtoMs: 10_000 }, [{ timed: false, rtoFromMs: 0, rtoToMs: 0 }]).status).toBe('INCONCLUSIVE');
  });

  it('is decided by the worst of several faults', () => {
    const cell = judged({ rtoMs: 10_000 }, [{ rtoToMs: 9_000 }, { rtoFromMs: 11_000, rtoToMs: 12_000 }, {}]);
    expect(cell).toMatchObject({ status: 'FAIL', valueMs: 12_000 });
  });
});

describe('the limits on what comes after', () => {
  it('cannot be asked of a fault that the next one followed too soon, but of the last', () => {
    const cut = { failBackMs: null, watchedMs: 7_000 };
    expect(judged({ failBackMs: 20_000 }, [cut, cut, { failBackMs: 9_000 }]).status).toBe('PASS');
    expect(judged({ failBackMs: 20_000 }, [{ failBackMs: 9_000 }, cut]).status).toBe('INCONCLUSIVE');
    expect(judged({ failBackMs: 5_000 }, [cut, { failBackMs: 3_000 }]).status).toBe('FAIL');
  });

  it('fail when it never came although there was time', () => {
    const cell = judged({ recoveryMs: 20_000 }, [{ recoveryMs: null, watchedMs: 30_000 }]);
    expect(cell).toMatchObject({ status: 'FAIL', valueMs: null });
  });

  it('say nothing without a baseline', () => {
    expect(judged({ recoveryMs: 20_000 }, [{ hasBaseline: false }]).status).toBe('INCONCLUSIVE');
  });
});

describe('the limit on bad requests', () => {
  it.each([
    [0, 1000, 'PASS'],
    [10, 1000, 'INCONCLUSIVE'],
    [30, 1000, 'FAIL'],
    [0, 100, 'INCONCLUSIVE'],
    [0, 0, 'INCONCLUSIVE'],
  ])('%d bad of %d against 1 %% is %s', (bad, requests, status) => {
    expect(judged({ badShare: 0.01 }, [{ bad, requests }]).status).toBe(status);
  });
});

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

  it('counts acknowledged writes that nobody knows', () => {
    expect(judged({ lostWrites: 5 }, [{}], books)).toMatchObject({ status: 'PASS', total: 400, bad: 4 });
    expect(judged({ lostWrites: 3 }, [{}], books).status).toBe('FAIL');
  });

  it('is INCONCLUSIVE where a region that may know them was not asked, or nobody was', () => {
    expect(judged({ lostWrites: 3 }, [{}], { ...books, unread: ['eu-west-1'] }).status).toBe('INCONCLUSIVE');
    expect(judged({ lostWrites: 3 }, [{}], { ...books, lost: null }).status).toBe('INCONCLUSIVE');
    expect(judged({ lostWrites: 3 }, [{}], { ...books, acknowledged: 0, lost: 0 }).status).toBe('INCONCLUSIVE');
    expect(judged({ lostWrites: 3 }, [{}], null).status).toBe('INCONCLUSIVE');
  });

  it('says what regions answered that were asked in vain', () => {
    const unread = ['eu-west-1', 'us-east-1'];
    const some = { ...books, unread: ['eu-west-1'], unreadBecause: { 'eu-west-1': 'status 401' } };
    const none = { ...books, lost: null, wasRead: false, unread, unreadBecause: { 'us-east-1': 'TLS error: expired' } };
    for (const claim of ['lost-writes', 'divergent-writes']) {
      const limits = claim === 'lost-writes' ? { lostWrites: 3 } : { lostWrites: 5 };
      expect(judged(limits, [{}], some, claim).why).toMatch(/eu-west-1 \(status 401\) could not be asked\.$/);
      const { status, why } = judged(limits, [{}], none, claim);
      expect(status).toBe('INCONCLUSIVE');
      expect(why).toMatch(/eu-west-1 and us-east-1 \(TLS error: expired\) could not be asked\.$/);
    }
  });

  it('comes with the claim that a write is known in every region or in none', () => {
    const divergent = (change: Partial<LedgerFigures>): CellVerdict =>
      judged({ lostWrites: 5 }, [{}], { ...books, ...change }, 'divergent-writes');
    expect(divergent({}).status).toBe('PASS');
    const apart = divergent({ divergent: 2, behind: [{ region: 'eu-west-1', missing: 6 }] });
    expect(apart).toMatchObject({ status: 'FAIL', bad: 2, total: 400 });
    expect(apart.why).toMatch(/in another \(eu-west-1\)/);
    expect(divergent({ unread: ['eu-west-1'] }).status).toBe('INCONCLUSIVE');
    expect(divergent({ wasRead: false, lost: null }).status).toBe('INCONCLUSIVE');
  });
});
