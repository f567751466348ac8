/** Lag of a region's replica over time: bars for what clients saw, a line for what the target reported, its alert. */
import { ms } from '../../../src/formats/words.ts';
import { html } from '../../../src/html/html-tag.ts';
import type { Html } from '../../../src/html/html-tag.ts';
import { box, clock, line, logScale, plot } from '../../../src/html/plot.ts';
import type { OverTime, TimeAxis } from '../measure.ts';
import type { ReplicaLag } from './schema.ts';

export const lagOverTime: OverTime<ReplicaLag[]> = {
  legend: (all) => (all.length === 0 ? null : LEGEND),
  strip: lagStrip,
};

/** Bottom of the scale: a heartbeat cannot resolve less. */
const MIN_MS = 20;
const SECOND_MS = 1000;

/** One plot on the time axis of its region; null without figures. */
function lagStrip(all: ReplicaLag[], region: string, at: TimeAxis, bands: Html[]): Html | null {
  const known = (of: (number | null)[]): number[] => of.flatMap((v) => (v === null ? [] : [v]));
  const values = (lag: ReplicaLag): number[] => known([...lag.seenMs, ...lag.reportedMs]);
  const lag = all.find((of) => of.region === region);
  if (lag === undefined || values(lag).length === 0) return null;
  const { atMs, seenMs, reportedMs } = lag;
  // One scale for all regions, as for latency, with room for the alert at the top.
  const scale = logScale(MIN_MS, Math.max(1_000, ...all.flatMap(values)) * 2);
  const middle = (i: number): number => at(atMs[i]! + SECOND_MS / 2);
  const reported = reportedMs.map((v, i) => (v === null ? null : { x: middle(i), y: scale.at(v) }));
  const seen = seenMs.flatMap((v, i) =>
    v === null
      ? []
      : [
          box(
            at(atMs[i]!),
            at(atMs[i]! + SECOND_MS),
            0,
            scale.at(v),
            'seen-lag',
            `${clock(atMs[i]!)} clients saw ${ms(v)}`,
          ),
        ],
  );
  const highest = (of: (number | null)[]): string => ms(known(of).length === 0 ? null : Math.max(...known(of)));
  return html`<div class="strip lag">
    ${plot({
      label: `${region}: lag of the replica over time; clients saw up to ${highest(seenMs)}, the target reported up to ${highest(reportedMs)}, its alert was ${lag.alerts.length === 0 ? 'never on' : 'on'}`,
      heightPx: 64,
      marks: [
        bands,
        seen,
        line(reported, 'reported-lag'),
        alertSpans(lag).map(([from, to]) => box(at(from), at(to), 0.94, 1, 'alert', `${clock(from)} alert on`)),
      ],
      xTicks: [],
      yTicks: scale.ticks
        .filter(isPower)
        .map((t) => ({ at: t.at, label: t.value >= 1000 ? `${t.value / 1000} s` : ms(t.value) })),
      notes: [{ x: 1, y: 0.3, text: 'lag', kind: 'end' }],
    })}
  </div>`;
}

const isPower = ({ value }: { value: number }): boolean => Number.isInteger(Math.log10(value));

/** Consecutive samples with the alert on, joined to spans. */
function alertSpans({ alerts }: ReplicaLag): [number, number][] {
  const spans: [number, number][] = [];
  for (const ms of alerts) {
    const last = spans.at(-1);
    if (last && ms - last[1] <= 2 * SECOND_MS) last[1] = ms + SECOND_MS / 2;
    else spans.push([ms, ms + SECOND_MS / 2]);
  }
  return spans;
}

const LEGEND: Html = html`<li><span class="swatch seen-lag" aria-hidden="true"></span> lag that clients saw</li>
  <li>
    <svg viewBox="0 0 34 10" width="34" height="10" aria-hidden="true"><path class="reported-lag" d="M1 5h32" /></svg>
    lag that the target reported
  </li>
  <li><span class="swatch alert" aria-hidden="true"></span> lag alert of the target firing</li>`;
