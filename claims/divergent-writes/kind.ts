/** Divergent writes: known in one region and not in another, so that whoever reads gets the one truth or the other. */
import { count, list } from '../../src/formats/words.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import { lostWrites } from '../lost-writes/kind.ts';
import type { LedgerFigures } from '../measures/ledger/schema.ts';
import { unaskedWords } from '../measures/ledger/words.ts';

export const divergentWrites: FindingKind = {
  counts: 'findings',
  evidence: 'count',
  subjects: ['region'],
  one: 'write',
  wrong: 'apart',
  // Whoever limits what may be lost gets this claim with it, and none may be apart.
  limit: {
    ...lostWrites.limit,
    title: () => 'acknowledged writes are known in every region, or in none',
    most: 0,
  },
  isForLoad: true,
  needs: ['ledger'],
  block: 'ledger',
  find: (_, { figures }) => find(figures.ledger),
};

function find(ledger: LedgerFigures | null): Finding {
  if (ledger === null || !ledger.wasRead || ledger.acknowledged === 0)
    return untested(`nothing in this run says which writes each region knows.${unaskedWords(ledger)}`);
  const { divergent, acknowledged, unread, behind } = ledger;
  const status = divergent > 0 ? 'FAIL' : unread.length > 0 ? 'INCONCLUSIVE' : 'PASS';
  const lacking = behind.filter(({ missing }) => missing > ledger.lost!).map(({ region }) => region);
  const where = lacking.length === 0 ? '' : ` (${list(lacking)})`;
  const why = `${count(divergent)} of ${count(acknowledged)} acknowledged writes are known in one region and not in another${where}; none may be.${unaskedWords(ledger)}`;
  return { status, why, total: acknowledged, bad: divergent, fromMs: null, valueMs: null };
}
