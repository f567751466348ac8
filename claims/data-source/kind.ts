/** Data source: a response is bad if it names another source of its data than those that the claim allows. */
import { SOURCES } from '../../src/formats/recording.ts';
import { ANY_REQUEST, type RequestKind } from '../claim.ts';

const UNKNOWN = SOURCES.indexOf('unknown');

export const dataSource: RequestKind = {
  ...ANY_REQUEST,
  item: 'response',
  badName: 'from elsewhere',
  namesSources: true,
  badWords: () => 'named another data source',
  counter: (plan, claim) => {
    const allowed = plan.claims[claim]!.sources!.map((source) => SOURCES.indexOf(source));
    return (c, tally) => {
      // A failed request has no data; availability judges it.
      if (c.bad) return;
      const { source } = c.row;
      tally.count(c, source === UNKNOWN || !allowed.includes(source), c.latencyUs);
    };
  },
};
