/**
 * Staleness: a replica read is bad if it is further behind than the limit, from the acknowledgement of a write to the
 * start of the read (claims/measures/versions.ts). Only informative reads count: those of a record whose last
 * acknowledged write is at most MEMORY x the limit old when the read starts, and all that are too far behind. A record
 * without a recent write is up to date on any replica; such reads would hide the lag.
 */
import { SOURCES } from '../../src/formats/recording.ts';
import { ANY_REQUEST, type RequestKind } from '../claim.ts';
import { isReadOfRecord, RecordNames } from '../measures/versions.ts';

const MEMORY = 10;
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
  // Which other reads hit a recently written record is known only after the run.
  plannedRoles: ['tracer'],
  floor: 'replication',
  limit: {
    key: 'stalenessSeconds',
    unit: 'seconds',
    describe: 'Maximum staleness of replica reads during the fault.',
    words: (seconds) => `staleness ${seconds} s`,
  },
  badWords: (limitMs) => `were more than ${limitMs ?? 0} ms behind`,
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
