/** Home share: a request is bad if its response names another region than its home region. */
import { NO_REGION } from '../../src/formats/recording.ts';
import { ANY_REQUEST, type RequestKind } from '../claim.ts';

export const homeShare: RequestKind = {
  ...ANY_REQUEST,
  badName: 'served elsewhere',
  countsFor: 'home',
  takes: ({ via }) => via !== 'edge',
  badWords: () => 'were served by another region',
  counter: () => (c, tally) => {
    // Not derived from the region it was sent to: a proxy, stale DNS or a failover may have routed it elsewhere.
    if (c.row.servedRegion === NO_REGION) {
      if (c.row.status > 0) tally.unnamed++;
      return;
    }
    tally.count(c, c.row.servedRegion !== c.home, c.bad ? Infinity : c.latencyUs);
  },
};
