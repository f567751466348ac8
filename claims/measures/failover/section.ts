/** Faults and their effect on clients: times, failover curves by cohort, the evacuation. */
import type { ClaimKind } from '../../../src/formats/claims.ts';
import { count, percent, seconds } from '../../../src/formats/words.ts';
import { html } from '../../../src/html/html-tag.ts';
import type { Html, Insertable } from '../../../src/html/html-tag.ts';
import { box, clock, line, plot, vertical } from '../../../src/html/plot.ts';
import type { Context, Section } from '../measure.ts';
import { WINDOW_MS } from './bins.ts';
import type { CohortFailover, EvacuationFigures, FailoverFigures, FaultFigures, RegionFailover } from './schema.ts';
import { evacuationWords, excludedWords, instants, recoveryWords } from './words.ts';

type LimitOf = Context<unknown>['limitOf'];

export const failoverSection: Section<FailoverFigures> = {
  part: 'faults',
  draw: ({ faults, evacuation }, context) =>
    html`${
      faults.length === 0
        ? html`<p class="empty">No fault in the journal.</p>`
        : faults.map((fault) => faultArticle(fault, context))
    }
    ${evacuation !== null && evacuationPart(evacuation, context.limitOf)}`,
  howToRead: html`<li>
    The failover clock uses one-second windows every 0.1 s. A window is bad if more than 5 % of the requests that ended
    in it or were pending throughout it are bad. Users are served again when two seconds of good windows begin that no
    bad one follows before t1. A region’s times are those of its worst cohort, apart from cohorts that limits exclude.
    Cohorts:
    <code>fresh</code> clients open a connection for every request, <code>ttl</code> clients follow DNS,
    <code>sticky</code> clients keep a connection until it breaks, <code>direct</code> clients never leave their region.
  </li>`,
};

const faultArticle = (fault: FaultFigures, { limitOf, faultDetails }: Context<Html | null>): Html =>
  html` <article class="fault-part">
    <h3>Fault ${fault.number}: ${fault.title}</h3>
    <p class="said">${sentence(instants(fault))}</p>
    ${faultDetails(fault.number)} ${fault.regions.map((region) => regionPart(fault, region, limitOf))}
  </article>`;

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

function regionPart(fault: FaultFigures, region: RegionFailover, limitOf: LimitOf): Html {
  const limit = (kind: ClaimKind): string => limitOf(kind, region.region);
  const blocked = region.requests === 0 ? null : region.clientBlocked / region.requests;
  return html` <h4>Clients of ${region.region}</h4>
    <dl class="facts">
      ${fact('First bad request', `${seconds(region.timeToImpactMs)} after t0`)}
      ${fact('Failover begins', `${seconds(region.failoverMs)} after t0`)}
      ${fact('Served again', `${recoveryWords(region)}${limit('rto')}${region.unmeasuredCohorts.length > 0 ? `; too few requests to measure ${region.unmeasuredCohorts.join(', ')}` : ''}`)}
      ${fact('Served by other regions', `50 % after ${seconds(region.t50Ms)}, 90 % after ${seconds(region.t90Ms)}, 99 % after ${seconds(region.t99Ms)}`)}
      ${fact('Fail-back', `${seconds(region.failBackMs)} after t1${limit('fail-back')}`)}
      ${fact('Errors and latency back to baseline', `${seconds(region.recoveryMs)} after t1${limit('back-to-baseline')}`)}
      ${fact('Failed during the fault', `${count(region.bad)} of ${count(region.requests)} user requests (${percent(region.requests === 0 ? null : region.bad / region.requests)}); ${count(region.retried)} took more than one attempt`)}
      ${fact('Queued', `${percent(blocked)} of these requests were queued behind an earlier request of their client (${count(region.clientBlocked)}); that time counts as latency`)}
    </dl>
    <ul class="legend">
      <li>
        <svg viewBox="0 0 34 10" width="34" height="10" aria-hidden="true"><path class="elsewhere" d="M1 5h32" /></svg>
        served by another region
      </li>
      <li>
        <svg viewBox="0 0 34 10" width="34" height="10" aria-hidden="true"><path class="bad-share" d="M1 5h32" /></svg>
        bad or pending
      </li>
      <li><span class="swatch fault" aria-hidden="true"></span> t0 to t1</li>
    </ul>
    <p class="said">${sentence(excludedWords(region))}</p>
    <div class="pairs curves">${region.cohorts.map((cohort) => curvePart(fault, region, cohort))}</div>`;
}

const fact = (name: string, value: Insertable): Html =>
  html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;

/** Failover curve of one cohort. Values are shares over a window, drawn at its middle. */
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
        served again ${recoveryWords(cohort)}, ${percent(cohort.requests === 0 ? null : cohort.bad / cohort.requests)}
        of ${count(cohort.requests)} requests bad</small
      >
    </h4>
    ${plot({
      label: `${cohort.cohort} clients of ${region.region}: share served by other regions and share of bad requests over time; served again ${recoveryWords(cohort)}`,
      heightPx: 96,
      marks: [
        t0Ms !== null && box(x(t0Ms), t1Ms === null ? 1 : x(t1Ms), 0, 1, 'band-fault'),
        rtoMs !== null && vertical(x(rtoMs), 'recovered'),
        line(points(badShare), 'bad-share'),
        line(points(elsewhereShare), 'elsewhere'),
      ],
      xTicks: ticks.filter((tick, i) => i === 0 || tick.at - ticks[i - 1]!.at > 0.15),
      yTicks: [0, 0.5, 1].map((share) => ({ at: share, label: percent(share) })),
      notes: rtoMs === null ? [] : [{ x: x(rtoMs), y: 1, text: 'served again', kind: 'mark' }],
    })}
  </figure>`;
}

/** The evacuation's own times, and when users were served elsewhere. */
function evacuationPart(evacuation: EvacuationFigures, limitOf: LimitOf): Html {
  const words = evacuationWords(evacuation, limitOf);
  return html` <h3>Evacuation</h3>
    <p class="said">
      ${words.clock}. It moves clients that follow DNS; <code>sticky</code> clients keep their connection until it
      breaks, <code>direct</code> clients never move.
    </p>
    <ul class="plain">
      ${words.regions.map((text) => html`<li>${sentence(text)}</li>`)}
    </ul>`;
}
