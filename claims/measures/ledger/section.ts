/** The ledger: acknowledged writes and the regions that miss some of them. */
import { count } from '../../../src/formats/words.ts';
import { html } from '../../../src/html/html-tag.ts';
import type { Html } from '../../../src/html/html-tag.ts';
import type { Section } from '../measure.ts';
import type { LedgerFigures } from './schema.ts';
import { ledgerWords } from './words.ts';

export const ledgerSection: Section<LedgerFigures | null> = {
  part: 'data',
  draw: (ledger) => (ledger === null ? null : ledgerPart(ledger)),
};

function ledgerPart(ledger: LedgerFigures): Html {
  const behind = ledger.behind.filter(({ missing }) => missing > 0);
  return html` <h3>Acknowledged writes</h3>
    <p class="said">
      ${ledgerWords(ledger)}.${
        behind.length > 0 &&
        html` Missing from ${behind.map(({ region, missing }) => `${region} (${count(missing)})`).join(', ')}.`
      }
    </p>`;
}
