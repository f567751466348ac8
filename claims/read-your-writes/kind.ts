/**
 * Read-your-writes: the longest time for which a session may miss its own acknowledged write or delete. No share may
 * exceed it, and PASS needs reads that began later than the limit.
 */
import { count, percent, seconds } from '../../src/formats/words.ts';
import { upperBound } from '../../src/statistics/binomial.ts';
import { ALPHA } from '../../src/statistics/decision.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import { sessionsOf } from '../measures/sessions/measure.ts';
import type { SessionFigures } from '../measures/sessions/schema.ts';
import { versionProblem } from '../measures/sessions/words.ts';

export const readYourWrites: FindingKind = {
  judges: 'figures',
  evidence: 'time',
  subjects: ['region'],
  item: 'read',
  badName: 'missed',
  limit: {
    key: 'readYourWritesSeconds',
    unit: 'seconds',
    describe: 'Maximum time for which a session may miss its own acknowledged write or delete.',
    words: (value) => `read-your-writes ${value} s`,
    title: (value) => `sessions see their own acknowledged writes and deletes within ${value} s`,
    phase: 'recovery',
    // Unaffected regions must keep it as well.
    regions: 'all',
  },
  isForLoad: true,
  needs: ['session'],
  block: 'session',
  find: (cell, { figures, notes }) =>
    find(cell.claim.limitMs!, sessionsOf(cell, figures.sessions), versionProblem(notes)),
};

function find(limitMs: number, f: SessionFigures, unread: string): Finding {
  const limit = `the limit is ${seconds(limitMs)}`;
  if (f.lateReads === 0)
    return untested(
      `no session in ${f.region} read later than ${seconds(limitMs)} after its own write or delete.${unread}`,
    );
  const seen = { fromMs: f.longestMissMs, toMs: f.longestMissMs, total: f.lateReads, bad: f.lateMissed };
  const missed =
    f.missedOwnWrites === 0
      ? `All ${count(f.reads)} reads showed their session's own writes and deletes`
      : `${count(f.missedOwnWrites)} of ${count(f.reads)} reads missed their session's own write or delete, the last ${seconds(f.longestMissMs)} after it was acknowledged`;
  if (f.lateMissed > 0) return { status: 'FAIL', why: `${missed}; ${limit}.`, ...seen };
  const upper = percent(upperBound(0, f.lateReads, ALPHA));
  const confidence = `${count(f.lateReads)} reads began later than the limit; with 95 % confidence at most ${upper} of such reads miss one`;
  return { status: 'PASS', why: `${missed}; ${limit}. ${confidence}.`, ...seen };
}
