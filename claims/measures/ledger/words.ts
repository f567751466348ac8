/** What became of acknowledged writes, in words. */
import { list } from '../../../src/formats/words.ts';
import type { LedgerFigures } from './schema.ts';

/** Which regions did not say what they know, and what they did instead; with a leading blank, '' for none. */
export function unaskedWords(ledger: LedgerFigures | null): string {
  if (ledger === null || ledger.unread.length === 0) return '';
  const { unread, unreadBecause = {} } = ledger;
  const words = unread.map((region) => (unreadBecause[region] ? `${region} (${unreadBecause[region]})` : region));
  return ` ${list(words)} could not be asked.`;
}
