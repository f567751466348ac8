/** Latency distributions per region and vantage on one logarithmic axis, with the limit, the p99 and its interval. */
import { binomialQuantileShares } from '../quantile-interval.ts';
import type { RunPlan } from '../../../src/formats/plan.ts';
import type { CellVerdict, Distribution, RunResult, ShareVerdict } from '../../run-result.ts';
import { interval, quantileName } from '../figures.ts';
import { count, ms, percentAsWritten } from '../../../src/formats/words.ts';
import { claimOf } from '../matrix.ts';
import { html } from '../../../src/html/html-tag.ts';
import type { Html } from '../../../src/html/html-tag.ts';
import { box, logScale, plot, vertical } from '../../../src/html/plot.ts';
import type { Scale } from '../../../src/html/plot.ts';

export function distributionPart(plan: RunPlan, result: RunResult): Html {
  const all = [...Object.values(result.regionLatency), ...Object.values(result.clientLatency)].filter((d) => d.n > 0);
  const limits = result.cells.filter((c) => c.limitMs !== null).map((c) => c.limitMs!);
  const lowest = Math.min(...all.map((d) => d.edgesMs[d.counts.findIndex((n) => n > 0)] ?? Infinity), 10);
  const highest = Math.max(...all.map((d) => d.max ?? 0), ...limits, 200);
  const scale = logScale(Math.max(0.1, lowest / 1.3), highest * 1.2);
  return html` <section id="distribution" aria-labelledby="distribution-title">
    <h2 id="distribution-title">Latency distribution</h2>
    <p class="lead">
      Same logarithmic axis for all. Bar height is the square root of the count, so that the tail is visible; bars over
      the limit are striped. The mark is the p99, the band its 90 % interval.
    </p>
    <div class="pairs">
      ${plan.regions.map((region) => {
        const probes = result.regionLatency[region.id];
        const users = result.clientLatency[region.id];
        const cell = result.cells.find((c): c is ShareVerdict => c.subject === region.id && isRegionRead(plan, c));
        return html`<article>
          <h3>${region.id}</h3>
          ${probes && histogram(`${region.id}: reads of probes in the region`, 'probe reads in the region', probes, cell ?? null, scale)}
          ${users && histogram(`${region.id}: all user requests`, 'all user requests', users, null, scale, result.headline.limitMs)}
        </article>`;
      })}
    </div>
  </section>`;
}

const isRegionRead = (plan: RunPlan, cell: CellVerdict): cell is ShareVerdict => {
  const claim = claimOf(plan, cell.claim);
  return claim.kind === 'latency' && claim.vantage === 'region' && claim.classes.includes('read');
};

function histogram(
  label: string,
  title: string,
  d: Distribution,
  cell: ShareVerdict | null,
  scale: Scale,
  fallbackLimitMs: number | null = null,
): Html {
  const limitMs = cell?.limitMs ?? fallbackLimitMs;
  if (d.n === 0)
    return html`<div class="histogram">
      <h4>${title}</h4>
      <p class="empty">no requests</p>
    </div>`;
  const wide = barsOf(d, scale, limitMs);
  const top = Math.max(1, ...wide.map((bar) => bar.n));
  const bars = wide.map(({ fromMs, toMs, n }) => {
    const beyond = limitMs !== null && fromMs >= limitMs * 0.999;
    // Square root: claims are about the tail, which a linear scale would hide.
    const height = Math.max(0.012, Math.sqrt(n / top) * 0.86);
    const tooltip = `${ms(fromMs)} to ${ms(toMs)}: ${count(n)}`;
    return box(scale.at(fromMs), scale.at(toMs), 0, height, beyond ? 'bar beyond' : 'bar', tooltip);
  });
  const p99 = p99Interval(d);
  const limitAt = limitMs === null ? null : scale.at(limitMs);
  const notes = [
    ...(limitAt === null
      ? []
      : [
          {
            x: limitAt,
            y: 0.99,
            text: `limit ${ms(limitMs)}`,
            side: limitAt > 0.6 ? ('left' as const) : ('right' as const),
          },
        ]),
    ...(d.p99 === null
      ? []
      : [{ x: scale.at(d.p99), y: 0.72, text: 'p99', kind: 'p99-note', side: 'middle' as const }]),
  ];
  const caption = cell
    ? `${quantileName(cell.maxBadShare)} ${ms(cell.valueMs)}; over the limit ${interval(cell)} %, limit ${percentAsWritten(cell.maxBadShare)}`
    : `p50 ${ms(d.p50)}, p90 ${ms(d.p90)}, p99 ${ms(d.p99)}, max ${ms(d.max)}`;
  return html`<div class="histogram">
    <h4>${title} <small>${count(d.n)} requests${d.bad > 0 && html`, ${count(d.bad)} failed`}</small></h4>
    ${plot({
      label: `${label}. ${caption}`,
      heightPx: 104,
      marks: [
        bars,
        limitMs !== null && vertical(scale.at(limitMs), 'limit-line'),
        p99 &&
          box(
            scale.at(p99.fromMs),
            Math.max(scale.at(p99.fromMs) + 0.004, p99.toMs === null ? 1 : scale.at(p99.toMs)),
            0.52,
            0.58,
            'p99-band',
            `p99 between ${ms(p99.fromMs)} and ${p99.toMs === null ? 'failure' : ms(p99.toMs)}`,
          ),
        d.p99 !== null && box(scale.at(d.p99) - 0.002, scale.at(d.p99) + 0.002, 0.48, 0.62, 'p99-mark'),
      ],
      xTicks: scale.ticks.map((t) => ({ at: t.at, label: t.value >= 1000 ? `${t.value / 1000} s` : `${t.value}` })),
      yTicks: [],
      notes,
    })}
    <p class="said">${caption}</p>
  </div>`;
}

/** Joins bins to bars of at least 1/60 of the axis; an edge at the limit is kept. */
function barsOf(d: Distribution, scale: Scale, limitMs: number | null): { fromMs: number; toMs: number; n: number }[] {
  const bars = [];
  let fromMs = d.edgesMs[0]! / 1.1;
  let n = 0;
  for (const [i, toMs] of d.edgesMs.entries()) {
    n += d.counts[i]!;
    const atLimit = limitMs !== null && fromMs < limitMs && toMs <= limitMs && (d.edgesMs[i + 1] ?? Infinity) > limitMs;
    if (scale.at(toMs) - scale.at(fromMs) < 1 / 60 && !atLimit) continue;
    if (n > 0) bars.push({ fromMs, toMs, n });
    fromMs = toMs;
    n = 0;
  }
  return bars;
}

/** The 90 % interval of the p99, ms, as edges of the histogram; `toMs` null if it reaches into failed requests. */
function p99Interval(d: Distribution): { fromMs: number; toMs: number | null } | null {
  const { low, high } = binomialQuantileShares(0.99, d.n);
  const fromMs = quantileEdge(d, low);
  return fromMs === null ? null : { fromMs, toMs: quantileEdge(d, high) };
}

/** Upper edge of the bin at that share of all requests; null if it lies among the failed ones. */
function quantileEdge(d: Distribution, share: number): number | null {
  let seen = 0;
  for (const [i, n] of d.counts.entries()) {
    seen += n;
    if (seen >= share * d.n) return d.edgesMs[i]!;
  }
  return null;
}
