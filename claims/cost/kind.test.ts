import { describe, expect, it } from 'vitest';
import { found } from '../../test/found.ts';
import type { Finding } from '../claim.ts';
import type { ServedRequests } from './measure.ts';
import type { PriceMap } from './prices.ts';

/** 0.36 USD per hour are 1 USD per million requests at 100/s. */
const PRICES: PriceMap = {
  currency: 'USD',
  perHour: 0.72,
  perMillion: { primary: 1, replica: 0.5, cache: 0.1 },
  transferPerMillion: 2,
  baseline: { perHour: 0.36, perMillion: 1 },
  maxTimes: 2,
};

const judged = (regions: ServedRequests['regions'], seen: unknown = PRICES): Finding =>
  found('cost', { exceededBudgets: 0 }, { servedRequests: { seconds: 10, regions } }, [], seen, {
    per: 'target',
    subject: 0,
  });

describe('the cost of a million requests', () => {
  it('is the hourly price spread over the requests of the run, and the price of the source of each', () => {
    const { status, bad, total, why } = judged([{ region: 'us-east-1', requests: { primary: 500, cache: 500 } }]);
    expect([status, bad, total]).toEqual(['PASS', 0, 1]);
    // 2 + 0.5 · 1 + 0.5 · 0.1, against 1 + 1.
    expect(why).toContain('cost 2.55 USD, 1.27 times as much as in the primary');
    expect(why).toContain('(2.00 USD); the limit is 2 times.');
    expect(why).toContain('over the 100 requests per second of this run');
  });

  it('includes transfer where another region serves data of the primary', () => {
    const requests = { primary: 1_000 };
    expect(judged([{ region: 'us-east-1', requests }]).why).toContain('cost 3.00 USD');
    const far = judged([{ region: 'eu-west-1', requests }]);
    expect(far.why).toContain('cost 5.00 USD, 2.50 times');
    expect([far.status, far.bad]).toEqual(['FAIL', 1]);
  });

  it('is not tested without requests, a price map or the price of a source', () => {
    expect(judged([{ region: 'us-east-1', requests: {} }]).why).toMatch(/^Not tested: no user request/);
    expect(judged([{ region: 'us-east-1', requests: { primary: 1 } }], null).why).toMatch(
      /^Not tested: the run has no/,
    );
    expect(judged([{ region: 'us-east-1', requests: { none: 1 } }]).why).toContain(
      'no price for requests with data from none',
    );
  });
});
