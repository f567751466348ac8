/** Divergent writes: present in one region and missing from another, so that reads depend on the region. */
import { count, list } from '../../src/formats/words.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import { lostWrites } from '../lost-writes/kind.ts';
import type { LedgerFigures } from '../measures/ledger/schema.ts';
import { unreadWords } from '../measures/ledger/words.ts';

export const divergentWrites: FindingKind = {
  judges: 'figures',
  evidence: 'count',
  subjects: ['region'],
  item: 'write',
  badName: 'diverged',
  // The limit on lost writes adds this claim as well, always with a limit of 0.
  limit: {
    ...lostWrites.limit,
    title: () => 'every acknowledged write is in all regions or in none',
    fixedMaxCount: 0,
  },
  isForLoad: true,
  needs: ['ledger'],
  block: 'ledger',
  find: (_, { figures }) => find(figures.ledger),
};

function find(ledger: LedgerFigures | null): Finding {
  if (ledger === null || !ledger.wasRead || ledger.acknowledged === 0)
    return untested(`no region's writes were read after the run.${unreadWords(ledger)}`);
  const { divergent, acknowledged, unread, behind } = ledger;
  const status = divergent > 0 ? 'FAIL' : unread.length > 0 ? 'INCONCLUSIVE' : 'PASS';
  const lacking = behind.filter(({ missing }) => missing > ledger.lost!).map(({ region }) => region);
  const where = lacking.length === 0 ? '' : ` (${list(lacking)})`;
  const why = `${count(divergent)} of ${count(acknowledged)} acknowledged writes are in one region but missing from another${where}; the limit is 0.${unreadWords(ledger)}`;
  return { status, why, total: acknowledged, bad: divergent, fromMs: null, toMs: null };
}
