/** What became of acknowledged writes, in words. */
import { count, list, plural, seconds } from '../../../src/formats/words.ts';
import type { LedgerFigures } from './schema.ts';

export const ledgerLines = (ledger: LedgerFigures | null): string[] =>
  ledger === null ? [] : [`  Ledger: ${ledgerWords(ledger)}`];

/** What became of acknowledged writes, in a sentence. */
export function ledgerWords(ledger: LedgerFigures): string {
  const { acknowledged, refused, unknown, appeared, lost, lostBeforeMs, unread } = ledger;
  const fate =
    lost === null
      ? 'nobody could be asked afterwards which are known'
      : lost === 0
        ? 'all acknowledged ones are known afterwards'
        : `${count(lost)} acknowledged ones are known nowhere afterwards (the oldest from ${seconds(lostBeforeMs)} before the bite)`;
  const open = unknown === 0 ? '' : `, ${count(unknown)} without an answer (${count(appeared)} of them were written)`;
  const silent = unread.length === 0 ? '' : `; ${unread.join(', ')} could not be asked`;
  return `${plural(acknowledged, 'write')} acknowledged, ${count(refused)} refused${open}; ${fate}${silent}`;
}

/** Which regions did not say what they know, and what they did instead; with a leading blank, '' for none. */
export function unaskedWords(ledger: LedgerFigures | null): string {
  if (ledger === null || ledger.unread.length === 0) return '';
  const { unread, unreadBecause = {} } = ledger;
  const words = unread.map((region) => (unreadBecause[region] ? `${region} (${unreadBecause[region]})` : region));
  return ` ${list(words)} could not be asked.`;
}
