/** Latency: a request is bad if it failed or took longer than the limit, counted from its due time. */
import { ANY_REQUEST, type RequestKind } from '../claim.ts';

export const latency: RequestKind = {
  ...ANY_REQUEST,
  badName: 'late or failed',
  isLimitedInMs: true,
  isJudgedLive: true,
  floor: 'round-trip',
  limit: {
    key: 'readP99Ms',
    unit: 'ms',
    describe: 'Maximum p99 of reads in the affected regions during the fault.',
    words: (ms) => `read p99 ${ms} ms in the affected regions`,
  },
  badWords: (limitMs) => `took longer than ${Number((limitMs ?? 0).toFixed(1))} ms or failed`,
  counter: () => (c, tally) => {
    tally.causes.add(c.row, c.bad);
    if (c.bad) tally.values!.failed++;
    else tally.values!.add(c.latencyUs, c.lnUs);
    tally.count(c, c.bad || c.latencyUs > tally.cell.limitMs! * 1000, c.bad ? Infinity : c.latencyUs);
  },
};
