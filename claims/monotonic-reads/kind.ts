/** Monotonic reads: the share of a session's reads that show an older version than the session has already seen. */
import { count, percent, percentAsWritten } from '../../src/formats/words.ts';
import { shareStatus } from '../../src/statistics/share-status.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import { sessionsOf } from '../measures/sessions/measure.ts';
import type { SessionFigures } from '../measures/sessions/schema.ts';
import { versionProblem } from '../measures/sessions/words.ts';

export const monotonicReads: FindingKind = {
  judges: 'figures',
  evidence: 'share',
  subjects: ['region'],
  item: 'read',
  badName: 'older',
  limit: {
    key: 'nonMonotonicReadShare',
    unit: 'share',
    describe: 'Maximum share of session reads that show an older version than the session has already seen.',
    words: (value) => `at most ${percentAsWritten(value)} non-monotonic reads`,
    title: (value) => `at most ${percentAsWritten(value)} of session reads are older than what the session has seen`,
    phase: 'recovery',
    regions: 'all',
  },
  isForLoad: true,
  needs: ['session'],
  block: 'session',
  find: (cell, { figures, notes }) =>
    find(cell.claim.maxBadShare, sessionsOf(cell, figures.sessions), versionProblem(notes)),
};

function find(maxShare: number, { region, reads, nonMonotonicReads: bad }: SessionFigures, unread: string): Finding {
  if (reads === 0) return untested(`no session in ${region} read what it had written.${unread}`);
  const why = `${count(bad)} of ${count(reads)} reads showed an older version than their session had already seen (${percent(bad / reads)}); the limit is ${percentAsWritten(maxShare)}.`;
  return { status: shareStatus(bad, reads, maxShare), why, total: reads, bad, fromMs: null, toMs: null };
}
