/** Home share: bad is what another region than the origin's home served, by what answers say. */
import { NO_REGION } from '../../src/formats/recording.ts';
import { ANY_REQUEST, type RequestKind } from '../claim.ts';

export const homeShare: RequestKind = {
  ...ANY_REQUEST,
  wrong: 'served elsewhere',
  countsFor: 'home',
  takes: ({ via }) => via !== 'edge',
  badWords: () => 'served by another region',
  counter: () => (c, tally) => {
    // Nothing is guessed from who was asked: a proxy, a stale name or a failover may have sent it elsewhere.
    if (c.row.servedRegion === NO_REGION) {
      if (c.row.status > 0) tally.unnamed++;
      return;
    }
    tally.count(c, c.row.servedRegion !== c.home, c.bad ? Infinity : c.latencyUs);
  },
};
