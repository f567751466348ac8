/** Availability: a request is bad if it failed, by status, content, timeout or connection. */
import { ANY_REQUEST, type RequestKind } from '../claim.ts';

export const availability: RequestKind = {
  ...ANY_REQUEST,
  badName: 'failed',
  isJudgedLive: true,
  badWords: () => 'failed',
  counter: () => (c, tally) => {
    tally.causes.add(c.row, c.bad);
    tally.count(c, c.bad, c.bad ? Infinity : c.latencyUs);
  },
};
