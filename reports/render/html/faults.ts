/** What was broken: what measures drew of it, regions that it must not touch, the journal. */
import type { RunPlan } from '../../../src/formats/plan.ts';
import { clockTenths } from '../../../src/formats/words.ts';
import { html } from '../../../src/html/html-tag.ts';
import type { Html } from '../../../src/html/html-tag.ts';
import type { RunResult } from '../../run-result.ts';
import { SYMBOL, cellValue } from '../figures.ts';
import { isDuring, untouchedRegions } from '../negative-control.ts';
import { sectionsOf } from './sections.ts';

export function faultsPart(plan: RunPlan, result: RunResult): Html | null {
  if (plan.experiment === null) return null;
  return html` <section id="faults" aria-labelledby="faults-title">
    <h2 id="faults-title">What was broken</h2>
    <p class="lead">
      ${plan.experiment.title}. Expected: ${plan.experiment.hypothesis} t0 is the instant at which the fault was seen to
      bite, t1 the one at which it was seen to be gone, both from outside. All other figures come from what clients saw,
      by the end of their requests.
    </p>
    ${sectionsOf(plan, result, 'faults')} ${controlPart(plan, result)} ${journalPart(result)}
  </section>`;
}

/** Regions that the faults must not touch: their verdicts while the faults lasted. */
function controlPart(plan: RunPlan, result: RunResult): Html {
  const outside = untouchedRegions(plan);
  return html` <h3>Negative control</h3>
    ${
      outside.length === 0
        ? html`<p class="said">Every region may be hurt by this experiment: there is nothing to compare with.</p>`
        : html`<p class="said">Regions that must not notice, and what was judged there while the fault lasted.</p>
            <ul class="plain">
              ${outside.map((id) => {
                const cells = result.cells.filter((cell) => cell.subject === id && isDuring(plan, cell));
                return html`<li>
                  <b>${id}</b>:
                  ${
                    cells.length === 0
                      ? 'nothing was judged'
                      : cells.map(
                          (cell, i) =>
                            html`${i > 0 && ', '}<span class="is-${cell.status.toLowerCase()}"
                                ><span class="chip">${SYMBOL[cell.status]} ${cell.status}</span></span
                              >
                              ${cell.claim} ${cellValue(cell)}`,
                        )
                  }
                </li>`;
              })}
            </ul>`
    }`;
}

const journalPart = (result: RunResult): Html =>
  html` <h3>Journal</h3>
    ${
      result.journal.length === 0
        ? html`<p class="empty">There is none.</p>`
        : html`<div class="scroll" tabindex="0" role="group" aria-label="Journal">
            <table class="figures journal">
              <thead>
                <tr>
                  <th scope="col" class="n">Since T0</th>
                  <th scope="col">What happened</th>
                </tr>
              </thead>
              <tbody>
                ${result.journal.map(
                  ({ ms, text }) =>
                    html`<tr>
                      <td class="n">${ms === null ? 'before' : ms < 0 ? `-${clockTenths(-ms)}` : clockTenths(ms)}</td>
                      <td class="words">${text}</td>
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>`
    }`;
