/** Mean parts of the latency per region and class, in the order of a request. */
import type { RunPlan } from '../../../src/formats/plan.ts';
import type { LatencySplit, RunResult } from '../../run-result.ts';
import { count, ms, msFigure } from '../../../src/formats/words.ts';
import { html } from '../../../src/html/html-tag.ts';
import type { Html } from '../../../src/html/html-tag.ts';

const PARTS = [
  { key: 'waitedMs', name: 'queued', label: 'for the client’s own earlier request' },
  { key: 'resolveMs', name: 'DNS', label: 'name lookup' },
  { key: 'connectMs', name: 'connect', label: 'TCP and TLS handshakes' },
  { key: 'pathMs', name: 'network', label: 'network round trip' },
  { key: 'serverMs', name: 'server', label: 'time in the region' },
] as const;

export function splitPart(plan: RunPlan, result: RunResult): Html {
  const shown = result.split.filter((s) => s.n > 0);
  const longest = Math.max(1, ...shown.map(total));
  return html` <section id="split" aria-labelledby="split-title">
    <h2 id="split-title">Where the time goes</h2>
    <p class="lead">Mean parts of user latency, by region and class. Verdicts use counts, not means.</p>
    <ul class="legend">
      ${PARTS.map((p) => html`<li><span class="swatch part-${p.name.toLowerCase()}" aria-hidden="true"></span> <b>${p.name}</b> ${p.label}</li>`)}
    </ul>
    ${shown.length === 0 && html`<p class="empty">Nothing was recorded.</p>`}
    <div class="scroll" tabindex="0" role="group" aria-label="Mean parts of the latency">
      <table class="figures split">
        <thead>
          <tr>
            <th scope="col">Region</th>
            <th scope="col">Class</th>
            <th scope="col" class="bars">Mean</th>
            ${PARTS.map((p) => html`<th scope="col" class="n">${p.name}</th>`)}
            <th scope="col" class="n">sum, ms</th>
            <th scope="col" class="n">requests</th>
          </tr>
        </thead>
        ${plan.regions.map((region) => {
          const rows = shown.filter((s) => s.region === region.id);
          return html`<tbody>
            ${rows.map(
              (s, i) =>
                html`<tr>
                  ${i === 0 && html`<th scope="rowgroup" rowspan="${rows.length}">${region.id}</th>`}
                  <th scope="row">${s.class}</th>
                  <td class="bars">${bar(s, longest)}</td>
                  ${PARTS.map((p) => html`<td class="n">${msFigure(s[p.key])}</td>`)}
                  <td class="n"><b>${msFigure(total(s))}</b></td>
                  <td class="n">${count(s.n)}</td>
                </tr>`,
            )}
          </tbody>`;
        })}
      </table>
    </div>
  </section>`;
}

const total = (s: LatencySplit): number => PARTS.reduce((sum, p) => sum + s[p.key], 0);

const bar = (s: LatencySplit, longest: number): Html =>
  html` <div class="bar-track" aria-hidden="true">
    ${PARTS.filter((p) => s[p.key] > 0).map(
      (p) =>
        html`<span
          class="part-${p.name.toLowerCase()}"
          style="width:${((100 * s[p.key]) / longest).toFixed(2)}%"
          title="${p.name} ${ms(s[p.key])}"
        ></span>`,
    )}
  </div>`;
