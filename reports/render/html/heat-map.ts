/** Table of cities x regions: p99 of every lane, with its round trip. */
import type { RunPlan } from '../../../src/formats/plan.ts';
import type { OriginFigures, RunResult } from '../../run-result.ts';
import { SYMBOL } from '../figures.ts';
import { count, ms, msFigure, percent } from '../../../src/formats/words.ts';
import { cityName, layOutMatrix } from '../matrix.ts';
import { html } from '../../../src/html/html-tag.ts';
import type { Html } from '../../../src/html/html-tag.ts';
import { LANE_STEPS, STEP_SIGN, laneStep } from './lane-steps.ts';

export function heatMapPart(plan: RunPlan, result: RunResult): Html {
  const limitMs = result.headline.limitMs;
  const claims = layOutMatrix(plan, result).wide.filter(({ claim }) => claim.per === 'origin');
  const rows = result.origins.toSorted((a, b) => (b.p99Ms ?? -1) - (a.p99Ms ?? -1));
  return html` <section id="cities" aria-labelledby="cities-title">
    <h2 id="cities-title">Cities</h2>
    <p class="lead">
      p99 of user reads in ms, by city and region, slowest city first. Round trip: of the link to the home region,
      without the user's last mile.
      ${LANE_STEPS.map(({ kind }) => html`<span class="sign heat ${kind}">${STEP_SIGN[kind]} ${STEP_WORDS[kind]}</span> `)}
      against ${ms(limitMs)}; home region in bold.
    </p>
    <div class="scroll" tabindex="0" role="group" aria-label="Cities by region">
      <table class="figures heat-map">
        <thead>
          <tr>
            <th scope="col">City</th>
            <th scope="col" class="n">p99</th>
            <th scope="col" class="n">Round trip</th>
            ${plan.regions.map((region) => html`<th scope="col" class="n">${region.id}</th>`)}
            <th scope="col" class="n">within ${ms(limitMs)}</th>
            <th scope="col" class="n">p50</th>
            <th scope="col" class="n">Failed</th>
            <th scope="col" class="n">Share of requests</th>
            <th scope="col" class="n">Reads</th>
            ${claims.map(({ claim }) => html`<th scope="col">${claim.id}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) =>
              html`<tr>
                <th scope="row">${cityName(plan, row.origin)}</th>
                <td class="n"><b>${msFigure(row.p99Ms)}</b></td>
                <td class="n">
                  ${msFigure(row.floorMs)}${row.floorMs > limitMs && html` <span title="round trip above the limit: infeasible">${SYMBOL.INFEASIBLE}</span>`}
                </td>
                ${plan.regions.map((region, r) => laneCell(row, r, region.id === row.home, limitMs))}
                <td class="n">${percent(row.withinShare)}</td>
                <td class="n">${msFigure(row.p50Ms)}</td>
                <td class="n">${percent(row.errorShare)}</td>
                <td class="n">${percent(plan.origins.find((o) => o.id === row.origin)?.share ?? null)}</td>
                <td class="n">${count(row.n)}</td>
                ${claims.map(({ cells }) => {
                  const cell = cells.find((c) => c.subject === row.origin);
                  return cell
                    ? html`<td class="is-${cell.status.toLowerCase()}" title="${cell.why}">
                        <span class="chip">${SYMBOL[cell.status]} ${cell.status}</span>
                      </td>`
                    : html`<td>–</td>`;
                })}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

const STEP_WORDS = { well: 'well within', within: 'within', over: 'over', far: 'far over' };

function laneCell(row: OriginFigures, region: number, home: boolean, limitMs: number): Html {
  const n = row.laneN[region] ?? 0;
  if (n === 0) return html`<td class="n quiet">–</td>`;
  const p99 = row.laneP99Ms[region] ?? null;
  const { kind } = laneStep(p99 ?? Infinity, limitMs);
  const figure = p99 === null ? 'failed' : msFigure(p99);
  return html`<td class="n heat ${kind}" title="${count(n)} requests">
    <span class="sign">${STEP_SIGN[kind]}</span> ${home ? html`<b>${figure}</b>` : figure}
  </td>`;
}
