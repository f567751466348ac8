import { describe, expect, it } from 'vitest';
import { found } from '../../test/found.ts';
import type { Finding } from '../claim.ts';
import type { HintedRequest } from './observation.ts';

const READ: HintedRequest = {
  operation: 'get',
  isStrong: false,
  hint: null,
  isKnown: false,
  status: 200,
  isExpected: true,
  source: 'replica',
  servedBy: 'ap-southeast-1',
};
const WRITE: HintedRequest = { ...READ, operation: 'put', isStrong: true, source: 'primary' };
const near: Partial<HintedRequest> = { hint: 'us-east-1', isKnown: true };
const wrong: Partial<HintedRequest> = { hint: 'mars-1' };

const judged = (...requests: HintedRequest[]): Finding =>
  found('region-hint', { misledRequests: 0 }, {}, [], [{ region: 'ap-southeast-1', requests }]);

describe('a region hint', () => {
  it('may choose where a read goes, and nothing else', () => {
    const elsewhere = { ...READ, ...near, source: 'primary', servedBy: 'us-east-1' };
    const finding = judged(READ, elsewhere, { ...READ, ...wrong }, WRITE, { ...WRITE, ...near });
    expect(finding).toMatchObject({ status: 'PASS', total: 3, bad: 0 });
    expect(finding.why).toBe('0 of 3 requests were misled by a region hint; the limit is 0.');
  });

  it.each([
    ['makes a request fail', [READ, { ...READ, ...wrong, status: 503, isExpected: false }], 'status 503'],
    [
      'moves a request although it names no region',
      [READ, { ...READ, ...wrong, servedBy: 'us-east-1' }],
      'served by us-east-1, not ap-southeast-1',
    ],
    [
      'changes the source of a write',
      [WRITE, { ...WRITE, ...near, source: 'replica' }],
      'with the hint us-east-1: from replica, not primary',
    ],
    ['is empty, and is not ignored', [READ, { ...READ, hint: '', status: 400, isExpected: false }], 'an empty hint: '],
  ])('misleads if it %s', (_, requests, words) => {
    const { status, bad, why } = judged(...requests);
    expect([status, bad]).toEqual(['FAIL', 1]);
    expect(why).toContain(words);
  });

  it('is undecided where the request without a hint, or the one with it, has no response, or names no source or region', () => {
    const unnamed = { ...WRITE, source: '' };
    expect(judged(READ, { ...READ, ...wrong }, unnamed, { ...unnamed, ...near }).status).toBe('INCONCLUSIVE');
    const nowhere = { ...READ, servedBy: '' };
    expect(judged(nowhere, { ...nowhere, ...wrong }).why).toMatch(/^Not tested/);
    const silent = { ...READ, ...near, status: null, isExpected: false };
    expect(judged(READ, { ...READ, ...wrong }, silent)).toMatchObject({ status: 'INCONCLUSIVE', total: 1 });
    expect(judged({ ...READ, status: 503, isExpected: false }, { ...READ, ...wrong }).why).toMatch(
      /^Not tested: no op/,
    );
    expect(found('region-hint', { misledRequests: 0 }, {}).why).toMatch(/^Not tested: no request/);
  });
});
