/**
 * Staleness: a replica read is bad if the first newer write that it misses was acknowledged more than the limit before
 * the read started (claims/measures/versions.ts). Only informative reads count: those of a record with a recent
 * acknowledged write, and all that are too far behind. Without a recent write even a replica that lags
 * returns the newest version; such reads would hide the lag.
 */
import { SOURCES } from '../../src/formats/recording.ts';
import { ANY_REQUEST, type RequestKind } from '../claim.ts';
import { isReadOfRecord, RecordNames } from '../measures/versions.ts';

/** A write is recent for this many times the limit. */
const RECENT_IN_LIMITS = 10;
const REPLICA = SOURCES.indexOf('replica');

export const staleness: RequestKind = {
  ...ANY_REQUEST,
  // Staleness is a property of the region's own replica.
  subjects: ['region'],
  item: 'read',
  badName: 'stale',
  isLimitedInMs: true,
  alsoRoles: ['tracer'],
  takes: isReadOfRecord,
  appliesTo: ({ replica }) => replica,
  // Whether reads of other roles hit a recently written record is known only after the run.
  plannedRoles: ['tracer'],
  floor: 'replication',
  limit: {
    key: 'stalenessSeconds',
    unit: 'seconds',
    describe: 'Maximum staleness during the fault, for 99 % of the replica reads of recently written records.',
    words: (seconds) => `staleness ${seconds} s`,
  },
  badWords: (limitMs) => `were more than ${limitMs ?? 0} ms behind`,
  needsHistory: true,
  counter: (plan, claimIndex, history) => {
    const records = new RecordNames(plan);
    const limits = plan.cells.filter((cell) => cell.claim === claimIndex).map(({ limitMs }) => limitMs!);
    const recentMs = RECENT_IN_LIMITS * Math.max(...limits);
    return (c, tally) => {
      if (c.bad || c.row.source !== REPLICA || c.version === null) return;
      const behindMs = history!.behindMs(records.of(c), c.version, c.row.startMs, recentMs);
      if (behindMs === null) return;
      const us = behindMs * 1000;
      tally.values!.add(us, us < 1 ? 0 : Math.log(us));
      tally.count(c, behindMs > tally.cell.limitMs!, us);
    };
  },
};
