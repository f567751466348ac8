/** The ten worst requests of every FAIL, each with its trace id for the target's own traces. */
import type { RunPlan } from '../../../src/formats/plan.ts';
import type { RunResult, WorstRequest } from '../../run-result.ts';
import { ms, msFigure } from '../../../src/formats/words.ts';
import { cityName } from '../matrix.ts';
import { html } from '../../../src/html/html-tag.ts';
import type { Html } from '../../../src/html/html-tag.ts';
import { clock } from '../../../src/html/plot.ts';
import { prose } from './prose.ts';

export function worstPart(plan: RunPlan, result: RunResult): Html | null {
  const failed = result.cells.filter((cell) => cell.status === 'FAIL');
  const groups = failed
    .map((cell) => ({ cell, rows: result.worst.filter((w) => w.claim === cell.claim && w.subject === cell.subject) }))
    .filter((group) => group.rows.length > 0);
  if (groups.length === 0) return null;
  return html` <section id="worst" aria-labelledby="worst-title">
    <h2 id="worst-title">Worst requests</h2>
    ${groups.map(
      ({ cell, rows }) =>
        html` <h3>${cell.claim}, ${cityName(plan, cell.subject)}</h3>
          <p class="lead">${prose(cell.why)}</p>
          <div class="scroll" tabindex="0" role="group" aria-label="Worst requests of ${cell.claim}, ${cell.subject}">
            <table class="figures worst">
              <thead>
                <tr>
                  <th scope="col" class="n">Latency</th>
                  <th scope="col">From</th>
                  <th scope="col">Sent to → served by</th>
                  <th scope="col">Operation</th>
                  <th scope="col">Cohort</th>
                  <th scope="col">At</th>
                  <th scope="col" class="n">Queued</th>
                  <th scope="col" class="n">DNS</th>
                  <th scope="col" class="n">Connect</th>
                  <th scope="col" class="n">Network</th>
                  <th scope="col" class="n">Server</th>
                  <th scope="col">Status</th>
                  <th scope="col">Trace id</th>
                </tr>
              </thead>
              <tbody>
                ${rows.map((w) => worstRow(plan, w))}
              </tbody>
            </table>
          </div>`,
    )}
  </section>`;
}

const worstRow = (plan: RunPlan, w: WorstRequest): Html => {
  const origin = plan.origins.find((o) => o.id === w.origin);
  const from = origin?.kind === 'region' ? html`probe in ${origin.city}` : cityName(plan, w.origin);
  return html`<tr>
    <td class="n"><b>${ms(w.latencyMs)}</b></td>
    <td>${from}</td>
    <td>
      ${w.region}${w.served !== w.region && (w.served !== null || w.status === 0) && html` → ${w.served ?? 'none'}`}
    </td>
    <td>${w.operation}</td>
    <td>${w.cohort}, ${w.cold ? 'cold' : 'warm'}</td>
    <td>${clock(w.dueMs)}</td>
    ${[w.waitedMs, w.resolveMs, w.connectMs, w.pathMs, w.serverMs].map((part) => html`<td class="n">${msFigure(part)}</td>`)}
    <td>
      ${w.status === 0 ? 'no response' : w.status}${w.error !== 'none' && html` ${w.error}`}${w.text !== '' && html`<br /><small>${w.text}</small>`}
    </td>
    <td><code>${w.traceId}</code></td>
  </tr>`;
};
