/** Carts that every region edited: a line a region of who won there and when it showed the others' writes. */
import type { RunPlan } from '../../../src/formats/plan.ts';
import { count, seconds } from '../../../src/formats/words.ts';
import { html } from '../../../src/html/html-tag.ts';
import type { Html } from '../../../src/html/html-tag.ts';
import type { Section } from '../measure.ts';
import type { CartFigures } from './schema.ts';
import { cartWords } from './words.ts';

export const cartsSection: Section<CartFigures | null> = {
  part: 'data',
  draw: (carts, { plan }) => (carts === null ? null : cartPart(carts, plan)),
};

function cartPart(carts: CartFigures, plan: RunPlan): Html {
  return html` <h3>Carts that every region edited</h3>
    <p class="said">${cartWords(carts, { plan })}.</p>
    <ul class="plain">
      ${carts.regions.map(
        ({ region, wasRead, carts, ancestors, strangers, gone, reads, fromMs, toMs }) =>
          html`<li>
            <b>${region}</b>:
            ${
              wasRead
                ? `of ${count(carts)} carts ${count(ancestors)} hold a write that others had seen and replaced, ${count(strangers)} hold nobody’s write, ${count(gone)} are gone`
                : 'could not be asked for its carts'
            };
            ${
              plan.experiment === null
                ? 'no fault kept it from the others'
                : fromMs === null
                  ? 'no read says when it showed what the others had written'
                  : `showed what the others had written ${seconds(fromMs)} to ${toMs === null ? 'never' : seconds(toMs)} after t1, by ${count(reads)} reads`
            }
          </li>`,
      )}
    </ul>`;
}
