/** Faults: sections of the measures, the negative control, the journal. */
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
    <h2 id="faults-title">Faults</h2>
    <p class="lead">
      ${plan.experiment.title}. Expected: ${plan.experiment.hypothesis} t0: probes confirmed that the fault is in
      effect. t1: probes confirmed that it is cleared. All other figures are from client requests, by the time they
      ended.
    </p>
    ${sectionsOf(plan, result, 'faults')} ${controlPart(plan, result)} ${journalPart(result)}
  </section>`;
}

/** Unaffected regions: their verdicts during the faults. */
function controlPart(plan: RunPlan, result: RunResult): Html {
  const outside = untouchedRegions(plan);
  return html` <h3>Negative control</h3>
    ${
      outside.length === 0
        ? html`<p class="said">This experiment affects every region, so there is no control.</p>`
        : html`<p class="said">Verdicts during the fault in regions that it must not affect.</p>
            <ul class="plain">
              ${outside.map((id) => {
                const cells = result.cells.filter((cell) => cell.subject === id && isDuring(plan, cell));
                return html`<li>
                  <b>${id}</b>:
                  ${
                    cells.length === 0
                      ? 'not judged'
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
        ? html`<p class="empty">No journal.</p>`
        : html`<div class="scroll" tabindex="0" role="group" aria-label="Journal">
            <table class="figures journal">
              <thead>
                <tr>
                  <th scope="col" class="n">Run time</th>
                  <th scope="col">Event</th>
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
