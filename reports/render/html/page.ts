/** report.html: one file, no script, nothing fetched. First screen: verdict, reason, matrix. */
import type { RunPlan } from '../../../src/formats/plan.ts';
import type { RunResult } from '../../run-result.ts';
import { SYMBOL, when } from '../figures.ts';
import { count, duration, ms, percent } from '../../../src/formats/words.ts';
import { grafanaLink } from '../grafana.ts';
import { dataPart } from './data.ts';
import { distributionPart } from './distribution.ts';
import { faultsPart } from './faults.ts';
import { heatMapPart } from './heat-map.ts';
import { Html, html } from '../../../src/html/html-tag.ts';
import { mapPart } from './map.ts';
import { matrixPart } from './matrix.ts';
import { prose } from './prose.ts';
import { howToRead } from './sections.ts';
import { seriesPart } from './series.ts';
import { splitPart } from './split.ts';
import { STYLE } from './style.ts';
import { validityPart } from './validity.ts';
import { worstPart } from './worst.ts';

export function renderHtml(plan: RunPlan, result: RunResult): string {
  const title = `${result.verdict}: ${plan.profile.name} on ${plan.target.name}`;
  const worst = worstPart(plan, result);
  const faults = faultsPart(plan, result);
  const data = dataPart(plan, result);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="data:image/svg+xml,${encodeURIComponent(icon(result))}" />
        <style>
          ${new Html(STYLE)}
        </style>
      </head>
      <body class="is-${result.verdict.toLowerCase()}">
        <header class="top">
          <span class="brand">Antipode</span><span>${result.runId}</span><span>${when(result.startedAt)}</span>
        </header>
        <main>
          ${verdictPart(plan, result)} ${matrixPart(plan, result)}
          <nav aria-label="Parts of this report">
            ${faults && html`<a href="#faults">Faults</a>`}${data && html`<a href="#data">Data</a>`}<a href="#map"
              >Map</a
            ><a href="#cities">Cities</a><a href="#time">Over time</a><a href="#distribution">Distribution</a
            ><a href="#split">Split</a>${worst && html`<a href="#worst">Worst requests</a>`}<a href="#validity"
              >Validity</a
            ><a href="#method">Method</a>
          </nav>
          ${faults && [seriesPart(plan, result), faults]} ${data} ${mapPart(plan, result)} ${heatMapPart(plan, result)}
          ${faults === null && seriesPart(plan, result)} ${distributionPart(plan, result)} ${splitPart(plan, result)}
          ${worst} ${validityPart(plan, result)} ${methodPart(plan, result)}
        </main>
        ${DEFS}
      </body>
    </html>`;
  return `${page.text}\n`;
}

function verdictPart(plan: RunPlan, result: RunResult): Html {
  const { profile, target } = plan;
  const grafana = grafanaLink(plan, result);
  return html` <section class="verdict" aria-labelledby="verdict-title">
    <h1 id="verdict-title"><span class="mark" aria-hidden="true">${SYMBOL[result.verdict]}</span> ${result.verdict}</h1>
    <p class="why">
      ${prose(
        result.why,
        plan.regions.map((region) => region.id),
      )}
    </p>
    ${result.next !== '' && html`<p class="next"><b>Next</b> ${prose(result.next)}</p>`}
    <ul class="about">
      <li><b>${profile.name}</b> ${profile.title}</li>
      <li>
        on
        <b>${target.name}</b
        >${target.world !== null && html`, local world`}${target.environment !== 'local' && html`, ${target.environment}`}${target.defect !== null && html`, planted defect <b>${target.defect}</b>`}
      </li>
      ${plan.experiment !== null && html`<li>experiment <b>${plan.experiment.name}</b>: ${plan.experiment.title}</li>`}
      <li>
        ${count(Number(plan.ratePerSecond.toFixed(1)))} user requests/s for ${duration(plan.durationMs)}, seed
        ${plan.seed}${plan.quick && ', quick'}
      </li>
      ${target.routingSpeed !== null && html`<li>routing speed ${target.routingSpeed}, TTL ${target.ttlSeconds} s</li>`}
      ${result.cutShort && html`<li><b>cut short</b>: ended early</li>`}
      ${grafana !== null && html`<li><a href="${grafana}">metrics of this run in Grafana</a></li>`}
    </ul>
    <ul class="tiles">
      ${tile(percent(result.headline.populationShare), `of users live in cities whose read p99 is ≤ ${ms(result.headline.limitMs)}`)}
      ${tile(percent(result.headline.requestShare), `of all reads within ${ms(result.headline.limitMs)}`)}
      ${tile(count(result.conservation.recorded), `of ${count(result.conservation.planned)} requests recorded`)}
      ${tile(ms(result.generator.lagP99Ms), 'generator lag, p99')}
    </ul>
  </section>`;
}

const tile = (figure: string, words: string): Html => html`<li><b>${figure}</b> <span>${words}</span></li>`;

const methodPart = (plan: RunPlan, result: RunResult): Html =>
  html` <section id="method" aria-labelledby="method-title">
    <h2 id="method-title">Method and scope</h2>
    <h3>Not tested</h3>
    ${
      result.notTested.length === 0
        ? html`<p>Every claim of the target was tested.</p>`
        : html`<ul class="plain">
            ${result.notTested.map((what) => html`<li>${what}</li>`)}
          </ul>`
    }
    ${
      result.notes.length > 0 &&
      html`<h3>Notes</h3>
        <ul class="plain">
          ${result.notes.map((what) => html`<li>${what}</li>`)}
        </ul>`
    }
    <h3>Reproduce</h3>
    <pre tabindex="0"><code>${plan.command}</code></pre>
    <h3>How to read this report</h3>
    <ul class="plain">
      <li>Latency is measured from the time a request was due. A failed request counts as over every limit.</li>
      <li>
        A claim such as p99 ≤ 120 ms is judged by counts: at most 1 % of requests over the limit or failed. Counts are
        divided by a design effect, because requests sent at the same time are correlated. “bad 0–0.16 %” is the 90 %
        confidence interval of the bad share: each end holds with 95 % confidence.
      </li>
      ${
        plan.experiment !== null &&
        html`<li>Map, cities, distribution and split show the baseline, before any fault.</li>`
      }${howToRead(result, (part) => part !== 'faults' || plan.experiment !== null).map((items) => ['\n', items])}
      <li>
        Users are in cities; the path from a city to a region is
        ${plan.lanes === 'none' ? 'the real network' : 'emulated on one machine'}. Verdicts in the region come from
        probes in that region.
      </li>
      <li>
        Judged ${when(result.judgedAt)} from the sealed run. <code>npm run report -- ${result.runId}</code> judges it
        again and rewrites this report.
      </li>
    </ul>
  </section>`;

/** Stripes, a distinction without colour; used by `fill:url(#stripes)` in style.ts. */
const DEFS = html`<svg width="0" height="0" class="sr" aria-hidden="true">
  <defs>
    <pattern id="stripes" width="1000" height="46" patternUnits="userSpaceOnUse">
      <rect class="stripe" width="1000" height="30" />
    </pattern>
  </defs>
</svg>`;

const ICON_COLOUR: Record<RunResult['verdict'], string> = {
  PASS: '#1a7f4b',
  FAIL: '#c8322b',
  INCONCLUSIVE: '#9a6700',
  INVALID: '#6e4bb8',
  ABORTED: '#6e4bb8',
};

const icon = (result: RunResult): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="${ICON_COLOUR[result.verdict]}"/></svg>`;
