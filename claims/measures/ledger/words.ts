/** Text on the ledger of acknowledged writes. */
import { count, list, plural, seconds } from '../../../src/formats/words.ts';
import type { LedgerFigures } from './schema.ts';

export const ledgerLines = (ledger: LedgerFigures | null): string[] =>
  ledger === null ? [] : [`  Ledger: ${ledgerWords(ledger)}`];

/** One line on the ledger. */
export function ledgerWords(ledger: LedgerFigures): string {
  const { acknowledged, refused, unknown, appeared, lost, lostBeforeMs, unread } = ledger;
  const fate =
    lost === null
      ? 'no region could be read after the run'
      : lost === 0
        ? 'no acknowledged write lost'
        : `${plural(lost, 'acknowledged write')} missing from every region${lostBeforeMs > 0 ? ` (the oldest acknowledged ${seconds(lostBeforeMs)} before t0)` : ''}`;
  const open = unknown === 0 ? '' : `, ${count(unknown)} neither (${count(appeared)} found written after the run)`;
  const failed = unread.length === 0 ? '' : `; ${unread.join(', ')} could not be read`;
  return `${plural(acknowledged, 'write')} acknowledged, ${count(refused)} rejected${open}; ${fate}${failed}`;
}

/** Which regions could not be read, and why; with a leading space, '' for none. */
export function unreadWords(ledger: LedgerFigures | null): string {
  if (ledger === null || ledger.unread.length === 0) return '';
  const { unread, readFailures = {} } = ledger;
  const words = unread.map((region) => (readFailures[region] ? `${region} (${readFailures[region]})` : region));
  return ` ${list(words)} could not be read.`;
}
