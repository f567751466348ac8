/** Latency: bad is what took longer than the limit from its due time on, and what failed. */
import { ANY_REQUEST, type RequestKind } from '../claim.ts';

export const latency: RequestKind = {
  ...ANY_REQUEST,
  wrong: 'late or failed',
  isLimitedInMs: true,
  isBadAtOnce: true,
  floor: 'path',
  limit: {
    key: 'readP99Ms',
    unit: 'ms',
    describe: 'Of reads in the hurt regions while it lasts.',
    words: (ms) => `reads p99 ${ms} ms where it hurts`,
  },
  badWords: (limitMs) => `over ${limitMs === null ? '' : `${Number(limitMs.toFixed(1))} ms`} or failed`,
  counter: () => (c, tally) => {
    tally.causes.add(c.row, c.bad);
    if (c.bad) tally.values!.failed++;
    else tally.values!.add(c.latencyUs, c.lnUs);
    tally.count(c, c.bad || c.latencyUs > tally.cell.limitMs! * 1000, c.bad ? Infinity : c.latencyUs);
  },
};
