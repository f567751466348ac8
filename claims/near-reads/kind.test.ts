import { describe, expect, it } from 'vitest';
import { found } from '../../test/found.ts';
import type { Finding } from '../claim.ts';
import type { ObservedPairs } from './observation.ts';

/** `good` pairs of 4 and 220 ms, and `bad` ones of 60 and 220 ms; reads near the replica must be 5 times as fast. */
function judged(good: number, bad: number, failed = 0): Finding {
  const pairs = [
    ...Array.from({ length: good }, (_, i) => ({ region: 'ap-southeast-1', nearMs: 4 + (i % 3), forcedMs: 220 })),
    ...Array.from({ length: bad }, () => ({ region: 'ap-southeast-1', nearMs: 60, forcedMs: 220 })),
  ];
  const seen: ObservedPairs = { times: 5, failed, pairs };
  return found('near-reads', { slowNearReadShare: 0.05 }, {}, [], seen, { per: 'target', subject: 0 });
}

describe('reads near a replica', () => {
  it('pass if with 95 % confidence enough of them are faster than the same read from the primary', () => {
    expect(judged(100, 0)).toMatchObject({ status: 'PASS', total: 100, bad: 0 });
    expect(judged(50, 50)).toMatchObject({ status: 'FAIL', bad: 50 });
    expect(judged(30, 0).status).toBe('INCONCLUSIVE');
  });

  it('are reported with the ratio of the median pair, and with what does not count', () => {
    expect(judged(300, 0, 3).why).toBe(
      'In 0 of 300 pairs the read near the replica was less than 5 times as fast; the median pair is 44.0 to 44.0 times as fast near the replica (90 % interval; medians 5 ms and 220 ms); the limit is 5 %. Not counted: 3 pairs with an error.',
    );
  });

  it('are not tested without a pair of good responses', () => {
    expect(judged(0, 0, 9).why).toMatch(/^Not tested: no pair/);
  });
});
