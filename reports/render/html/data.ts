/** What became of the data that was written in the run: acknowledged writes, carts, and records of sessions. */
import type { RunResult } from '../../run-result.ts';
import { cartWords, ledgerWords } from '../fault-lines.ts';
import { count, seconds } from '../../../src/formats/words.ts';
import { html } from '../../../src/html/html-tag.ts';
import type { Html } from '../../../src/html/html-tag.ts';
import { sessionsPart } from './sessions.ts';

/** Null for a run that followed no data. */
export function dataPart(result: RunResult): Html | null {
  const parts = [ledgerPart(result), cartPart(result), sessionsPart(result)].filter((part) => part !== null);
  if (parts.length === 0) return null;
  return html` <section id="data" aria-labelledby="data-title">
    <h2 id="data-title">What became of the data</h2>
    ${parts}
  </section>`;
}

/** Writes that were looked for at the end, and which region knows how many of them. */
function ledgerPart(result: RunResult): Html | null {
  const words = ledgerWords(result);
  if (words === null) return null;
  const behind = result.figures.ledger!.behind.filter(({ missing }) => missing > 0);
  return html` <h3>Acknowledged writes</h3>
    <p class="said">
      ${words}.${
        behind.length > 0 &&
        html` Unknown afterwards in ${behind.map(({ region, missing }) => `${region} (${count(missing)})`).join(', ')}.`
      }
    </p>`;
}

/** Carts that every region edited: a line a region of who won there and when it showed the others' writes. */
function cartPart(result: RunResult): Html | null {
  const words = cartWords(result);
  if (words === null) return null;
  const { regions } = result.figures.carts!;
  return html` <h3>Carts that every region edited</h3>
    <p class="said">${words}.</p>
    <ul class="plain">
      ${regions.map(
        ({ region, wasRead, carts, ancestors, strangers, gone, reads, fromMs, toMs }) =>
          html`<li>
            <b>${region}</b>:
            ${
              wasRead
                ? `of ${count(carts)} carts ${count(ancestors)} hold a write that others had seen and replaced, ${count(strangers)} hold nobody’s write, ${count(gone)} are gone`
                : 'could not be asked for its carts'
            };
            ${
              result.figures.failover.faults.length === 0
                ? 'no fault kept it from the others'
                : fromMs === null
                  ? 'no read says when it showed what the others had written'
                  : `showed what the others had written ${seconds(fromMs)} to ${toMs === null ? 'never' : seconds(toMs)} after t1, by ${count(reads)} reads`
            }
          </li>`,
      )}
    </ul>`;
}
