/** Carts: per region the wrong winners and the convergence. */
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
  return html` <h3>Carts edited in every region</h3>
    <p class="said">${cartWords(carts, { plan })}.</p>
    <ul class="plain">
      ${carts.regions.map(
        ({ region, wasRead, carts, ancestors, strangers, gone, reads, fromMs, toMs }) =>
          html`<li>
            <b>${region}</b>:
            ${
              wasRead
                ? `${count(carts)} carts, of which ${count(ancestors)} with a superseded write, ${count(strangers)} with an unknown write, ${count(gone)} missing`
                : 'carts could not be read'
            };
            ${
              plan.experiment === null
                ? 'convergence not measured: no fault'
                : fromMs === null
                  ? 'convergence not measured: no suitable read'
                  : `converged ${toMs === null ? `later than ${seconds(fromMs)}` : `${seconds(fromMs)} to ${seconds(toMs)}`} after t1, by ${count(reads)} reads`
            }
          </li>`,
      )}
    </ul>`;
}
