/** Lost writes: acknowledged, and missing from every region after the run. The figure is the same for all regions. */
import { count, plural } from '../../src/formats/words.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import type { LedgerFigures } from '../measures/ledger/schema.ts';
import { unreadWords } from '../measures/ledger/words.ts';

export const lostWrites: FindingKind = {
  counts: 'findings',
  evidence: 'count',
  subjects: ['region'],
  item: 'write',
  badName: 'lost',
  limit: {
    key: 'lostWrites',
    unit: 'count',
    describe: 'Maximum number of acknowledged writes that are missing from all regions, or from some, after the run.',
    words: (value) => `at most ${plural(value, 'lost write')}`,
    title: (value) => `at most ${plural(value, 'acknowledged write')} lost`,
    phase: 'recovery',
    regions: 'affected',
  },
  isForLoad: true,
  needs: ['ledger'],
  block: 'ledger',
  find: ({ claim }, { figures }) => find(claim.maxCount!, figures.ledger),
};

/** A limit that was not measured must not pass. */
function find(maxCount: number, ledger: LedgerFigures | null): Finding {
  const limit = `the limit is ${count(maxCount)}`;
  if (ledger === null || ledger.lost === null || ledger.acknowledged === 0)
    return untested(`whether acknowledged writes were lost was not measured; ${limit}.${unreadWords(ledger)}`);
  const { lost, acknowledged, unread } = ledger;
  const status = lost <= maxCount ? 'PASS' : unread.length > 0 ? 'INCONCLUSIVE' : 'FAIL';
  const why = `${count(lost)} of ${count(acknowledged)} acknowledged writes are missing from every region; ${limit}.${unreadWords(ledger)}`;
  return { status, why, total: acknowledged, bad: lost, fromMs: null, valueMs: null };
}
