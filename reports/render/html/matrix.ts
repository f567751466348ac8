/** First screen: regions x claims. Every cell shows its value, its limit and its confidence interval. */
import type { PlanClaim, RunPlan } from '../../../src/formats/plan.ts';
import type { CellVerdict, RunResult, ShareVerdict } from '../../run-result.ts';
import { SYMBOL, cellEvidence, cellLacking, cellLimit, cellValue, interval } from '../figures.ts';
import { ms, percentAsWritten, plural } from '../../../src/formats/words.ts';
import { cityName, layOutMatrix, tally, weightOf } from '../matrix.ts';
import type { MatrixRow, WideClaim } from '../matrix.ts';
import { SUBJECTS } from '../../../claims/subjects.ts';
import { html } from '../../../src/html/html-tag.ts';
import type { Html } from '../../../src/html/html-tag.ts';
import { signs } from './prose.ts';

export function matrixPart(plan: RunPlan, result: RunResult): Html {
  const matrix = layOutMatrix(plan, result);
  const columns = matrix.regions.length + 1;
  const { wide } = matrix;
  const wideInformational = wide.filter(({ claim }) => !claim.gating);
  return html` <section id="matrix" aria-labelledby="matrix-title">
    <h2 id="matrix-title">Claims by region</h2>
    <div class="scroll" tabindex="0" role="group" aria-label="Claims by region">
      <table class="matrix" role="table" style="--regions:${matrix.regions.length}">
        <thead role="rowgroup">
          <tr role="row">
            <th scope="col" role="columnheader">Claim</th>
            ${plan.regions.map(
              (region) => html`<th scope="col" role="columnheader">${region.id}<small>${region.city}</small></th>`,
            )}
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${matrix.gating.map((row) => claimRow(plan, row))}
          ${wide.filter(({ claim }) => claim.gating).map((row) => wideRow(plan, row, columns - 1))}
        </tbody>
        ${
          matrix.informational.length + wideInformational.length > 0 &&
          html`<tbody role="rowgroup" class="informational">
            ${matrix.informational.map((row) => claimRow(plan, row))}
            ${wideInformational.map((row) => wideRow(plan, row, columns - 1))}
          </tbody>`
        }
      </table>
    </div>
    <p class="hint">
      Each bar shows the share of bad requests. The line in the middle is the limit, the band is the 90 % interval (two
      one-sided 95 % Clopper–Pearson bounds). <b>${SYMBOL.PASS} PASS</b>: the whole band is left of the line.
      <b>${SYMBOL.FAIL} FAIL</b>: right of it. <b>${SYMBOL.INCONCLUSIVE} INCONCLUSIVE</b>: across it.
    </p>
  </section>`;
}

const claimHead = (plan: RunPlan, claim: PlanClaim): Html =>
  html` <th scope="row" role="rowheader">
    <b>${claim.id}</b>${!claim.gating && html` <em>${weightOf(plan, claim)}</em>`}<span>${signs(claim.title)}</span>
  </th>`;

const claimRow = (plan: RunPlan, { claim, cells }: MatrixRow): Html =>
  html` <tr role="row">
    ${claimHead(plan, claim)}${cells.map((cell, at) =>
      cell === null
        ? html`<td role="cell" class="none">
            <span class="sr">${plan.regions[at]!.id}: does not apply</span><span aria-hidden="true">–</span>
          </td>`
        : cellPart(cell),
    )}
  </tr>`;

const cellPart = (cell: CellVerdict, span = 1): Html =>
  html` <td
    role="cell"
    colspan="${span}"
    class="is-${cell.status.toLowerCase()}"
    data-region="${cell.subject}"
    title="${cell.why}"
  >
    <div class="found">
      <span class="chip">${SYMBOL[cell.status]} ${cell.status}</span>
      <span class="value"><b>${cellValue(cell)}</b> ${cellLimit(cell)}</span>
    </div>
    ${cell.evidence === 'share' && gauge(cell)}
    <div class="evidence">${evidence(cell)}</div>
  </td>`;

function evidence(cell: CellVerdict): string {
  if (cell.status === 'INFEASIBLE' && cell.evidence === 'share' && cell.floorMs !== null)
    return `lowest possible limit: ${ms(cell.floorMs)}`;
  if (cell.total === 0) return 'no requests: not tested';
  return [cellEvidence(cell), cellLacking(cell)].filter((words) => words !== '').join(', ');
}

/**
 * Bad share on the scale share / (share + limit): 0 is at the left end, the limit exactly in the middle and 100 % near
 * the right end, whatever the limit.
 */
function gauge(cell: ShareVerdict): Html | null {
  const { badShare, lowerShare, upperShare, maxBadShare } = cell;
  if (badShare === null || lowerShare === null || upperShare === null) return null;
  const at = (share: number): number => Math.round((1000 * share) / (share + maxBadShare)) / 10;
  const [from, to] = [at(lowerShare), at(upperShare)];
  return html`<svg
    class="gauge"
    viewBox="0 0 100 10"
    preserveAspectRatio="none"
    role="img"
    aria-label="bad ${interval(cell)} %, limit ${percentAsWritten(maxBadShare)}"
  >
    <rect class="track" x="0" y="4" width="100" height="2" />
    <rect class="band" x="${from}" y="2" width="${Math.max(0.8, Math.round((to - from) * 10) / 10)}" height="6" />
    <line class="limit" x1="50" x2="50" y1="0" y2="10" />
    <line class="dot" x1="${at(badShare)}" x2="${at(badShare)}" y1="1" y2="9" />
  </svg>`;
}

/** A claim in one row over all regions: the cell of the target, or how many cities have each status. */
const wideRow = (plan: RunPlan, { claim, cells }: WideClaim, span: number): Html =>
  html` <tr role="row">
    ${claimHead(plan, claim)}
    ${claim.per === 'target' ? cells.map((cell) => cellPart(cell, span)) : tallyPart(plan, claim, cells, span)}
  </tr>`;

const tallyPart = (plan: RunPlan, claim: PlanClaim, cells: CellVerdict[], span: number): Html =>
  html` <td role="cell" colspan="${span}" class="cities">
    <div class="tally">
      ${tally(cells).map(
        ({ status, n }) =>
          html`<span class="is-${status.toLowerCase()}"
            ><span class="chip">${SYMBOL[status]} ${status}</span>
            ${plural(n, SUBJECTS[claim.per].one, SUBJECTS[claim.per].many)}<small
              >${names(plan, cells, status)}</small
            ></span
          >`,
      )}
    </div>
  </td>`;

const names = (plan: RunPlan, cells: CellVerdict[], status: CellVerdict['status']): string =>
  cells
    .filter((cell) => cell.status === status)
    .map((cell) => cityName(plan, cell.subject))
    .join(', ');
