/**
 * Lost writes: acknowledged, and known in no region afterwards. What is lost is lost everywhere: one figure for all.
 */
import { count, plural } from '../../src/formats/words.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import type { LedgerFigures } from '../measures/ledger/schema.ts';
import { unaskedWords } from '../measures/ledger/words.ts';

export const lostWrites: FindingKind = {
  counts: 'findings',
  evidence: 'count',
  subjects: ['region'],
  one: 'write',
  wrong: 'lost',
  limit: {
    key: 'lostWrites',
    unit: 'count',
    describe: 'Acknowledged writes that no region knows afterwards, or that not every region knows.',
    words: (value) => `at most ${plural(value, 'write')} lost`,
    title: (value) => `at most ${value} acknowledged writes lost`,
    phase: 'recovery',
    regions: 'hurt',
  },
  isForLoad: true,
  needs: ['ledger'],
  block: 'ledger',
  find: ({ claim }, { figures }) => find(claim.maxCount!, figures.ledger),
};

/** A declared limit that nothing measured must not pass in silence. */
function find(most: number, ledger: LedgerFigures | null): Finding {
  const limit = `at most ${count(most)} may be`;
  if (ledger === null || ledger.lost === null || ledger.acknowledged === 0)
    return untested(`nothing in this run says whether acknowledged writes were lost; ${limit}.${unaskedWords(ledger)}`);
  const { lost, acknowledged, unread } = ledger;
  const status = lost <= most ? 'PASS' : unread.length > 0 ? 'INCONCLUSIVE' : 'FAIL';
  const why = `${count(lost)} of ${count(acknowledged)} acknowledged writes are known nowhere afterwards; ${limit}.${unaskedWords(ledger)}`;
  return { status, why, total: acknowledged, bad: lost, fromMs: null, valueMs: null };
}
