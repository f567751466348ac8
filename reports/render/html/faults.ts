/**
 * What was broken, and what its clients made of it: instants, failover curves by cohort, untouched regions, journal.
 */
import type { RunPlan } from '../../../src/formats/plan.ts';
import type { CohortFailover, FaultFigures, RegionFailover } from '../../../claims/measures/failover/schema.ts';
import type { ClaimKind } from '../../../src/formats/claims.ts';
import type { RunResult } from '../../run-result.ts';
import {
  against,
  clockTenths,
  evacuationWords,
  instants,
  isDuring,
  rtoWords,
  untouchedRegions,
} from '../fault-lines.ts';
import { SYMBOL, cellValue } from '../figures.ts';
import { count, percent, seconds } from '../../../src/formats/words.ts';
import { fisPart } from './fis.ts';
import { html } from '../../../src/html/html-tag.ts';
import type { Html, Insertable } from '../../../src/html/html-tag.ts';
import { box, clock, line, plot, vertical } from '../../../src/html/plot.ts';

/** Curve values are shares over this long, drawn at its middle, ms. */
const WINDOW_MS = 1000;

export function faultsPart(plan: RunPlan, result: RunResult): Html | null {
  if (plan.experiment === null) return null;
  return html` <section id="faults" aria-labelledby="faults-title">
    <h2 id="faults-title">What was broken</h2>
    <p class="lead">
      ${plan.experiment.title}. Expected: ${plan.experiment.hypothesis} t0 is the instant at which the fault was seen to
      bite, t1 the one at which it was seen to be gone, both from outside. All other figures come from what clients saw,
      by the end of their requests.
    </p>
    ${
      result.figures.failover.faults.length === 0
        ? html`<p class="empty">The journal knows of no fault.</p>`
        : result.figures.failover.faults.map((fault) => faultArticle(result, fault))
    }
    ${evacuationPart(result)} ${controlPart(plan, result)} ${journalPart(result)}
  </section>`;
}

const faultArticle = (result: RunResult, fault: FaultFigures): Html =>
  html` <article class="fault-part">
    <h3>Fault ${fault.number}: ${fault.title}</h3>
    <p class="said">${sentence(instants(fault))}</p>
    ${fisPart(result, fault)} ${fault.regions.map((region) => regionPart(result, fault, region))}
  </article>`;

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

function regionPart(result: RunResult, fault: FaultFigures, region: RegionFailover): Html {
  const limit = (kind: ClaimKind): string => against(result, region.region, kind);
  const blocked = region.requests === 0 ? null : region.clientBlocked / region.requests;
  return html` <h4>Clients at home in ${region.region}</h4>
    <dl class="facts">
      ${fact('Time to impact', `${seconds(region.timeToImpactMs)} from t0 to the end of the first bad request`)}
      ${fact('First answer elsewhere (TTD)', `${seconds(region.ttdMs)} after t0`)}
      ${fact('Recovery (RTO)', `${rtoWords(region)}${limit('rto')}${region.untimed.length > 0 ? `; too few requests to time ${region.untimed.join(', ')}` : ''}`)}
      ${fact('Answered well elsewhere', `half after ${seconds(region.t50Ms)}, 90 % after ${seconds(region.t90Ms)}, 99 % after ${seconds(region.t99Ms)}`)}
      ${fact('Fail-back', `${seconds(region.failBackMs)} after t1${limit('fail-back')}`)}
      ${fact('Errors and latency as before', `${seconds(region.recoveryMs)} after t1${limit('recovery')}`)}
      ${fact('Bad while it lasted', `${count(region.bad)} of ${count(region.requests)} requests of people (${percent(region.requests === 0 ? null : region.bad / region.requests)}); ${count(region.retried)} took more than one attempt`)}
      ${fact('System slow or client blocked', `${percent(blocked)} of these requests waited for their own client’s earlier one before they were sent (${count(region.clientBlocked)}); what they lost there is charged to latency, the rest is the system’s`)}
    </dl>
    <ul class="legend">
      <li>
        <svg viewBox="0 0 34 10" width="34" height="10" aria-hidden="true"><path class="elsewhere" d="M1 5h32" /></svg>
        answered well elsewhere
      </li>
      <li>
        <svg viewBox="0 0 34 10" width="34" height="10" aria-hidden="true"><path class="bad-share" d="M1 5h32" /></svg>
        bad, or hanging
      </li>
      <li><span class="swatch fault" aria-hidden="true"></span> t0 to t1</li>
    </ul>
    <div class="pairs curves">${region.cohorts.map((cohort) => curvePart(fault, region, cohort))}</div>`;
}

const fact = (name: string, value: Insertable): Html =>
  html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;

/** Failover curve of one cohort over time. */
function curvePart(fault: FaultFigures, region: RegionFailover, cohort: CohortFailover): Html | null {
  const { atMs, elsewhereShare, badShare } = cohort.curve;
  if (atMs.length < 2) return null;
  const [from, to] = [atMs[0]!, atMs.at(-1)! + WINDOW_MS];
  const x = (ms: number): number => Math.min(1, Math.max(0, (ms - from) / (to - from)));
  const points = (shares: (number | null)[]): ({ x: number; y: number } | null)[] =>
    shares.map((share, i) => (share === null ? null : { x: x(atMs[i]! + WINDOW_MS / 2), y: share }));
  const { t0Ms, t1Ms } = fault;
  const rtoMs = t0Ms === null || !cohort.rtoToMs ? null : t0Ms + cohort.rtoToMs;
  const ticks = [t0Ms, t1Ms].flatMap((ms) => (ms === null ? [] : [{ at: x(ms), label: clock(ms) }]));
  return html`<figure class="curve">
    <h4>
      ${cohort.cohort}<small>
        RTO ${rtoWords(cohort)}, ${percent(cohort.requests === 0 ? null : cohort.bad / cohort.requests)} of
        ${count(cohort.requests)} bad</small
      >
    </h4>
    ${plot({
      label: `${cohort.cohort} clients of ${region.region}: share answered well elsewhere and share bad over time; RTO ${rtoWords(cohort)}`,
      heightPx: 96,
      marks: [
        t0Ms !== null && box(x(t0Ms), t1Ms === null ? 1 : x(t1Ms), 0, 1, 'band-fault'),
        rtoMs !== null && vertical(x(rtoMs), 'rto'),
        line(points(badShare), 'bad-share'),
        line(points(elsewhereShare), 'elsewhere'),
      ],
      xTicks: ticks.filter((tick, i) => i === 0 || tick.at - ticks[i - 1]!.at > 0.15),
      yTicks: [0, 0.5, 1].map((share) => ({ at: share, label: percent(share) })),
      notes: rtoMs === null ? [] : [{ x: x(rtoMs), y: 1, text: 'RTO', kind: 'mark' }],
    })}
  </figure>`;
}

/** The evacuation's own clock, and when people were elsewhere; null for an experiment without one. */
function evacuationPart(result: RunResult): Html | null {
  const words = evacuationWords(result);
  if (words === null) return null;
  return html` <h3>Evacuation</h3>
    <p class="said">
      ${words.clock}. Clients that follow names can be moved by it; <code>sticky</code> ones stay where their connection
      is until that breaks, <code>direct</code> ones always.
    </p>
    <ul class="plain">
      ${words.regions.map((text) => html`<li>${sentence(text)}</li>`)}
    </ul>`;
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
