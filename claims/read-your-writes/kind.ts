/**
 * Read-your-writes: the longest that a session may fail to see its own acknowledged write or delete, in any region. It
 * is a limit without a share, and PASS only if reads were there that came later than that.
 */
import { count, percent, seconds } from '../../src/formats/words.ts';
import { upperBound } from '../../src/statistics/binomial.ts';
import { ALPHA } from '../../src/statistics/decision.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import { sessionsOf } from '../measures/sessions/measure.ts';
import type { SessionFigures } from '../measures/sessions/schema.ts';
import { unreadWords } from '../measures/sessions/words.ts';

export const readYourWrites: FindingKind = {
  counts: 'findings',
  evidence: 'time',
  subjects: ['region'],
  one: 'later read',
  wrong: 'missed',
  limit: {
    key: 'ownReadSeconds',
    unit: 'seconds',
    describe: 'Longest that a session may fail to see its own acknowledged write or delete.',
    words: (value) => `own writes seen after ${value} s`,
    title: (value) => `sessions see their own acknowledged writes and deletes ${value} s later at the latest`,
    phase: 'recovery',
    // A session has its promise everywhere: regions that nothing is done to are held to it as well.
    regions: 'all',
  },
  isForLoad: true,
  needs: ['session'],
  block: 'session',
  find: (asked, { figures, told }) =>
    find(asked.claim.limitMs!, sessionsOf(asked, figures.sessions), unreadWords(told)),
};

function find(limitMs: number, f: SessionFigures, unread: string): Finding {
  const limit = `at most ${seconds(limitMs)} allowed`;
  if (f.lateReads === 0)
    return untested(`no read in ${f.region} began later than that after an own write or delete; ${limit}.${unread}`);
  const seen = { fromMs: f.ownLongestMs, valueMs: f.ownLongestMs, total: f.lateReads, bad: f.lateMissed };
  const missed =
    f.ownMissed === 0
      ? `All ${count(f.reads)} reads saw what their own session had written or deleted before`
      : `${count(f.ownMissed)} of ${count(f.reads)} reads did not see an own write or delete, the last ${seconds(f.ownLongestMs)} after it was acknowledged`;
  if (f.lateMissed > 0) return { status: 'FAIL', why: `${missed}; ${limit}.`, ...seen };
  const most = percent(upperBound(0, f.lateReads, ALPHA));
  const sure = `${count(f.lateReads)} reads began later than that: with 95 % confidence at most ${most} of such miss one`;
  return { status: 'PASS', why: `${missed}; ${limit}. ${sure}.`, ...seen };
}
