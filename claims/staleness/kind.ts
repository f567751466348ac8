/**
 * Staleness: bad is a replica read more than the limit behind, from the acknowledgement of a write to the begin of the
 * read (claims/measures/versions.ts). Counted are replica reads that can tell something: those of a record whose latest
 * acknowledged write is at most MEMORY limits old when the read begins, and all that are too far behind. A record that
 * nobody wrote lately is up to date on any replica, and thousands of such reads would drown those that show the lag.
 */
import { SOURCES } from '../../src/formats/recording.ts';
import { ANY_REQUEST, type RequestKind } from '../claim.ts';
import { isReadOfRecord, RecordNames } from '../measures/versions.ts';

const MEMORY = 10;
const REPLICA = SOURCES.indexOf('replica');

export const staleness: RequestKind = {
  ...ANY_REQUEST,
  // What an answer is compared with depends on the region's own replica.
  subjects: ['region'],
  wrong: 'stale',
  isLimitedInMs: true,
  alsoRoles: ['tracer'],
  takes: isReadOfRecord,
  appliesTo: ({ replica }) => replica,
  // Which other reads meet a record that was written lately is known afterwards.
  plannedBy: ['tracer'],
  floor: 'replication',
  limit: {
    key: 'stalenessSeconds',
    unit: 'seconds',
    describe: 'How far behind reads from replicas may be while it lasts.',
    words: (seconds) => `reads at most ${seconds} s old`,
  },
  badWords: (limitMs) => `more than ${limitMs ?? 0} ms behind`,
  needsHistory: true,
  counter: (plan, claim, history) => {
    const records = new RecordNames(plan);
    const limits = plan.cells.filter((cell) => cell.claim === claim).map(({ limitMs }) => limitMs!);
    const memoryMs = MEMORY * Math.max(...limits);
    return (c, tally) => {
      if (c.bad || c.row.source !== REPLICA || c.version === null) return;
      const behindMs = history!.behindMs(records.of(c), c.version, c.row.startMs, memoryMs);
      if (behindMs === null) return;
      const us = behindMs * 1000;
      tally.values!.add(us, us < 1 ? 0 : Math.log(us));
      tally.count(c, behindMs > tally.cell.limitMs!, us);
    };
  },
};
