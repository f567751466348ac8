/**
 * Lost writes: acknowledged, and missing from every region after the run. They are counted once per run, so the cells
 * of all regions show the same number. Writes in some regions and not in others are judged by `divergent-writes`, which
 * the same limit adds.
 */
import { count, plural } from '../../src/formats/words.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import type { LedgerFigures } from '../measures/ledger/schema.ts';
import { unreadWords } from '../measures/ledger/words.ts';

export const lostWrites: FindingKind = {
  judges: 'figures',
  evidence: 'count',
  subjects: ['region'],
  item: 'write',
  badName: 'lost',
  limit: {
    key: 'lostWrites',
    unit: 'count',
    describe:
      'Maximum number of acknowledged writes missing from every region after the run. Writes in some regions and not in others are never allowed.',
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

/**
 * Without evidence the claim is untested. A region that could not be read may still hold writes that count as lost
 * here: reading it could only lower the number. So a PASS stands, but a number beyond the limit is INCONCLUSIVE.
 */
function find(maxCount: number, ledger: LedgerFigures | null): Finding {
  const limit = `the limit is ${count(maxCount)}`;
  if (ledger === null || ledger.lost === null || ledger.acknowledged === 0)
    return untested(`no acknowledged write could be looked up after the run; ${limit}.${unreadWords(ledger)}`);
  const { lost, acknowledged, unread } = ledger;
  const status = lost <= maxCount ? 'PASS' : unread.length > 0 ? 'INCONCLUSIVE' : 'FAIL';
  const why = `${count(lost)} of ${count(acknowledged)} acknowledged writes are missing from every region${unread.length > 0 ? ' that could be read' : ''}; ${limit}.${unreadWords(ledger)}`;
  return { status, why, total: acknowledged, bad: lost, fromMs: null, toMs: null };
}
