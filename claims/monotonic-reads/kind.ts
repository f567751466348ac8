/** Monotonic reads: of a session's reads, the share that shows an older version than the session has already seen. */
import { count, percent, percentAsWritten } from '../../src/formats/words.ts';
import { shareStatus } from '../../src/statistics/share-status.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import { sessionsOf } from '../measures/sessions/measure.ts';
import type { SessionFigures } from '../measures/sessions/schema.ts';
import { unreadWords } from '../measures/sessions/words.ts';

export const monotonicReads: FindingKind = {
  counts: 'findings',
  evidence: 'share',
  subjects: ['region'],
  one: 'read',
  wrong: 'going back',
  limit: {
    key: 'goingBackShare',
    unit: 'share',
    describe: 'Of the reads of sessions, those that may show an older version than the session has already seen.',
    words: (value) => `at most ${percentAsWritten(value)} of a session's reads going back`,
    title: (value) => `at most ${percentAsWritten(value)} of a session's reads show less than it has already seen`,
    phase: 'recovery',
    regions: 'all',
  },
  isForLoad: true,
  needs: ['session'],
  block: 'session',
  find: (asked, { figures, told }) =>
    find(asked.claim.maxBadShare, sessionsOf(asked, figures.sessions), unreadWords(told)),
};

function find(most: number, { region, reads, goingBack: bad }: SessionFigures, unread: string): Finding {
  if (reads === 0) return untested(`no session in ${region} read what it had written.${unread}`);
  const why = `${count(bad)} of ${count(reads)} reads showed an older version than their session had already seen (${percent(bad / reads)}); at most ${percentAsWritten(most)} may.`;
  return { status: shareStatus(bad, reads, most), why, total: reads, bad, fromMs: null, valueMs: null };
}
