import { describe, expect, it } from 'vitest';
import { faultsWith, found } from '../../../test/found.ts';
import type { Finding } from '../../claim.ts';
import type { RegionFailover } from './schema.ts';

const KEYS = {
  rto: 'rtoSeconds',
  'fail-back': 'failBackSeconds',
  'back-to-baseline': 'recoverySeconds',
  'during-bad-share': 'badShare',
} as const;

/** What is found for faults that are as in the sample but for these figures. */
const judged = (kind: keyof typeof KEYS, limit: number, changes: Partial<RegionFailover>[]): Finding =>
  found(kind, { [KEYS[kind]]: limit }, faultsWith(changes));

describe('the limit on the time to recover', () => {
  it.each([
    [8_000, 9_000, 10_000, 'PASS'],
    [8_000, 9_000, 8_500, 'INCONCLUSIVE'],
    [8_000, 9_000, 7_000, 'FAIL'],
    [0, 0, 7_000, 'PASS'],
    [null, null, 7_000, 'FAIL'],
  ])('recovered from %s to %s ms against %d ms is %s or worse', (rtoFromMs, rtoToMs, rtoMs, status) => {
    expect(judged('rto', rtoMs / 1000, [{ rtoFromMs, rtoToMs }])).toMatchObject({ status });
  });

  it('is INCONCLUSIVE without a clock', () => {
    expect(judged('rto', 10, [{ timed: false, rtoFromMs: 0, rtoToMs: 0 }]).status).toBe('INCONCLUSIVE');
  });

  it('is decided by the worst of several faults', () => {
    const cell = judged('rto', 10, [{ rtoToMs: 9_000 }, { rtoFromMs: 11_000, rtoToMs: 12_000 }, {}]);
    expect(cell).toMatchObject({ status: 'FAIL', toMs: 12_000 });
  });
});

describe('the limits on recovery after the fault', () => {
  it('are not judged for a fault that the next one followed too soon, but for the last', () => {
    const cut = { failBackMs: null, watchedMs: 7_000 };
    expect(judged('fail-back', 20, [cut, cut, { failBackMs: 9_000 }]).status).toBe('PASS');
    expect(judged('fail-back', 20, [{ failBackMs: 9_000 }, cut]).status).toBe('INCONCLUSIVE');
    expect(judged('fail-back', 5, [cut, { failBackMs: 3_000 }]).status).toBe('FAIL');
  });

  it('FAIL without a recovery although there was time', () => {
    const cell = judged('back-to-baseline', 20, [{ recoveryMs: null, watchedMs: 30_000 }]);
    expect(cell).toMatchObject({ status: 'FAIL', toMs: null });
  });

  it('are not tested without a baseline', () => {
    expect(judged('back-to-baseline', 20, [{ hasBaseline: false }]).status).toBe('INCONCLUSIVE');
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
    expect(judged('during-bad-share', 0.01, [{ bad, requests }]).status).toBe(status);
  });
});
