/** Availability: bad is what failed, by status, content, time-out or connection. */
import type { RequestKind } from '../claim.ts';

export const availability: RequestKind = {
  counts: 'requests',
  evidence: 'share',
  one: 'request',
  wrong: 'failed',
  isLimitedInMs: false,
  alsoRoles: [],
  countsFor: 'asked',
  takes: () => true,
  appliesTo: () => true,
  plannedBy: null,
  floor: null,
  limit: null,
  badWords: () => 'failed',
  needsHistory: false,
  counter: () => (c, tally) => {
    tally.causes.add(c.row, c.bad);
    tally.count(c, c.bad, c.bad ? Infinity : c.latencyUs);
  },
};
