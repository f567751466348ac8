/** p50 and p99 of every region over one time axis, with failures and home share below. */
import type { TimeAxis } from '../../../claims/measures/measure.ts';
import type { PlanPhase, RunPlan } from '../../../src/formats/plan.ts';
import { count, ms, percent } from '../../../src/formats/words.ts';
import { html } from '../../../src/html/html-tag.ts';
import type { Html } from '../../../src/html/html-tag.ts';
import { box, clock, horizontal, line, logScale, type Note, plot, timeTicks } from '../../../src/html/plot.ts';
import type { Scale } from '../../../src/html/plot.ts';
import type { RegionSeries, RunResult } from '../../run-result.ts';
import { addedTo, legendItems } from './over-time.ts';

/** With more buckets the tooltips would be larger than the rest of the page. */
const MAX_TOOLTIPS = 400;
const STRIP_WORDS = {
  failed: 'failed',
  away: 'served by another region',
  waited: 'queued behind an earlier request of their client',
};
/** Share of the plot's height that a line of text takes. */
const LABEL_APART = 0.1;

export function seriesPart(plan: RunPlan, result: RunResult): Html {
  const endMs = Math.max(plan.durationMs, 1);
  const limitMs = result.headline.limitMs;
  const latencies = result.series.flatMap((s) => [...s.p50Ms, ...s.p99Ms]).flatMap((v) => (v ? [v] : []));
  const scale = logScale(
    Math.max(0.1, Math.min(...latencies, limitMs) / 1.25),
    Math.max(...latencies, limitMs * 1.5) * 1.25,
  );
  return html` <section id="time" aria-labelledby="time-title">
    <h2 id="time-title">Over time</h2>
    <p class="lead">User requests by region and due time. Same axes for every region.</p>
    <ul class="legend">
      <li>
        <svg viewBox="0 0 34 10" width="34" height="10" aria-hidden="true"><path class="p99" d="M1 5h32" /></svg> p99
      </li>
      <li>
        <svg viewBox="0 0 34 10" width="34" height="10" aria-hidden="true"><path class="p50" d="M1 5h32" /></svg> p50
      </li>
      <li>
        <svg viewBox="0 0 34 10" width="34" height="10" aria-hidden="true"><path class="limit-line" d="M1 5h32" /></svg>
        ${ms(limitMs)}
      </li>
      <li><span class="swatch failed" aria-hidden="true"></span> failed</li>
      <li><span class="swatch away" aria-hidden="true"></span> served by another region</li>
      <li><span class="swatch unjudged" aria-hidden="true"></span> not judged</li>
      ${
        plan.phases.some((phase) => phase.name === 'fault') &&
        html`<li><span class="swatch fault" aria-hidden="true"></span> fault</li>`
      }
      ${
        plan.experiment !== null &&
        html`<li><span class="swatch waited" aria-hidden="true"></span> client waited for an earlier request</li>
          ${legendItems(result)}`
      }
    </ul>
    ${
      result.series.length === 0
        ? html`<p class="empty">Nothing was recorded.</p>`
        : result.series.map((s) => regionSeries(plan, result, s, scale, endMs))
    }
  </section>`;
}

function regionSeries(plan: RunPlan, result: RunResult, s: RegionSeries, scale: Scale, endMs: number): Html {
  const limitMs = result.headline.limitMs;
  const stepMs = s.atMs.length > 1 ? s.atMs[1]! - s.atMs[0]! : endMs;
  const middle = (i: number): number => Math.min(1, (s.atMs[i]! + stepMs / 2) / endMs);
  const added = addedTo(result, s.region, at);
  const curve = (values: (number | null)[], kind: string): Html =>
    line(
      values.map((value, i) => (value === null ? null : { x: middle(i), y: scale.at(value) })),
      kind,
    );
  const worst = Math.max(0, ...s.p99Ms.map((v) => v ?? 0));
  const tooltips =
    s.atMs.length > MAX_TOOLTIPS
      ? []
      : s.atMs.map((from, i) => box(at(from), at(from + stepMs), 0, 1, 'hover', tooltipOf(s, i)));
  const strip = (kind: 'failed' | 'away' | 'waited', shares: (number | null)[]): Html =>
    stripOf(s, { at, stepMs, bands: added.bands }, kind, shares);
  const xTicks = timeTicks(endMs);
  const blank = xTicks.map((tick) => ({ ...tick, label: '' }));
  return html` <article class="series">
    <h3>${s.region}</h3>
    ${plot({
      label: `${s.region}: p50 and p99 over time; highest p99 ${ms(worst)}, limit ${ms(limitMs)}`,
      heightPx: 150,
      marks: [
        plan.phases.map((phase) => band(phase)),
        added.marks,
        horizontal(scale.at(limitMs), 'limit-line'),
        curve(s.p50Ms, 'p50'),
        curve(s.p99Ms, 'p99'),
        tooltips,
      ],
      xTicks: blank,
      yTicks: scale.ticks.map((t) => ({ at: t.at, label: t.value >= 1000 ? `${t.value / 1000} s` : ms(t.value) })),
      notes: [
        ...plan.phases
          .filter((phase) => (phase.toMs - phase.fromMs) / endMs > 0.08)
          .map((phase) => ({
            x: at(phase.fromMs),
            y: 0.11,
            text: phase.judged || phase.name !== 'recovery' ? phase.name : 'settling',
            kind: 'phase',
          })),
        ...added.notes,
        ...endLabels(s, scale),
      ],
    })}
    ${strip('failed', s.errorShare)}
    ${strip(
      'away',
      s.homeShare.map((share) => (share === null ? null : 1 - share)),
    )}
    ${plan.experiment !== null && strip('waited', s.blockedShare)} ${added.strips}
    <div class="axis">
      ${xTicks.map((t) => html`<span class="tick x" style="left:${(t.at * 100).toFixed(1)}%">${t.label}</span>`)}
    </div>
  </article>`;

  function at(timeMs: number): number {
    return Math.min(1, timeMs / endMs);
  }

  function band(phase: PlanPhase): Html {
    return box(at(phase.fromMs), at(phase.toMs), 0, 1, phase.judged ? 'band-judged' : 'band-unjudged');
  }
}

/** Labels at the ends of the curves, without overlap. */
function endLabels(s: RegionSeries, scale: Scale): Note[] {
  const last = (values: (number | null)[]): number | null => values.findLast((value) => value !== null) ?? null;
  const [p50, p99] = [last(s.p50Ms), last(s.p99Ms)];
  if (p50 === null || p99 === null) return [];
  const push = Math.max(0, LABEL_APART - (scale.at(p99) - scale.at(p50))) / 2;
  return [
    { x: 1, y: scale.at(p50) - push, text: 'p50', kind: 'end' },
    { x: 1, y: scale.at(p99) + push, text: 'p99', kind: 'end' },
  ];
}

/** A share per bucket as bars, scaled to its largest value or 1 %. */
function stripOf(
  s: RegionSeries,
  { at, stepMs, bands }: { at: TimeAxis; stepMs: number; bands: Html[] },
  kind: 'failed' | 'away' | 'waited',
  shares: (number | null)[],
): Html {
  const highest = Math.max(0, ...shares.map((v) => v ?? 0));
  const bars = shares.flatMap((share, i) => {
    if (!share) return [];
    const [from, to] = [s.atMs[i]!, s.atMs[i]! + stepMs];
    return [
      box(at(from), at(to), 0, share / Math.max(0.01, highest), kind, `${clock(from)} ${kind} ${percent(share)}`),
    ];
  });
  const maximum = highest === 0 ? 'none' : `max ${percent(highest)}`;
  return html`<div class="strip">
    ${plot({
      label: `${s.region}: share ${STRIP_WORDS[kind]} over time, ${maximum}`,
      heightPx: 16,
      marks: [bands, bars],
      xTicks: [],
      yTicks: [{ at: 0, label: kind }],
      notes: [{ x: 1, y: 0, text: maximum, kind: 'end low' }],
    })}
  </div>`;
}

const tooltipOf = (s: RegionSeries, i: number): string =>
  `${clock(s.atMs[i]!)}  p50 ${ms(s.p50Ms[i] ?? null)}, p99 ${ms(s.p99Ms[i] ?? null)}, ` +
  `${s.ratePerSecond[i] === null ? 0 : count(Number(s.ratePerSecond[i]!.toFixed(1)))}/s, failed ${percent(s.errorShare[i] ?? null)}`;
