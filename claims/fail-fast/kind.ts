/** Fail-fast: requests that fail do so in time, so that clients are not kept waiting for a refusal. */
import { ANY_REQUEST, type RequestKind } from '../claim.ts';

export const failFast: RequestKind = {
  ...ANY_REQUEST,
  item: 'failed request',
  badName: 'slow',
  isLimitedInMs: true,
  limit: {
    key: 'failFastMs',
    unit: 'ms',
    describe: 'Maximum time until a request that fails during the fault has failed, for 95 % of them.',
    words: (value) => `failures within ${value} ms`,
    claim: {
      title: (value) => `95 % of failing requests fail within ${value} ms during the fault`,
      maxBadShare: 0.05,
    },
  },
  badWords: (limitMs) => `took longer than ${limitMs ?? 0} ms to fail`,
  counter: () => (c, tally) => {
    if (!c.bad) return;
    tally.values!.add(c.latencyUs, c.lnUs);
    tally.count(c, c.latencyUs > tally.cell.limitMs! * 1000, c.latencyUs);
  },
};
