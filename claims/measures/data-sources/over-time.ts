/** The sources of a region's reads over time, as shares of all reads of each second. */
import { SOURCES } from '../../../src/formats/recording.ts';
import { percent } from '../../../src/formats/words.ts';
import type { Html } from '../../../src/html/html-tag.ts';
import { html } from '../../../src/html/html-tag.ts';
import { area, plot } from '../../../src/html/plot.ts';
import type { OverTime, TimeAxis } from '../measure.ts';
import type { DataSources } from './schema.ts';

const SECOND_MS = 1000;
type Source = (typeof SOURCES)[number];

export const sourcesOverTime: OverTime<DataSources[]> = {
  legend: (all) =>
    isMixed(all)
      ? html`${namedIn(all).map(
          (source) =>
            html`<li>
              <span class="swatch source-${source}" aria-hidden="true"></span> reads from ${WORDS[source]}
            </li> `,
        )}`
      : null,
  strip: sourceStrip,
};

const WORDS: Record<Source, string> = {
  primary: 'the primary',
  replica: 'a replica',
  cache: 'a cache',
  edge: 'the edge',
  unknown: 'an unknown source',
  none: 'no source',
};

/** Sources that the responses named, in the order of SOURCES. */
const namedIn = (all: DataSources[]): Source[] =>
  SOURCES.filter((source) => all.some(({ reads }) => reads[source] !== undefined));

/** One source needs no chart. */
const isMixed = (all: DataSources[]): boolean => namedIn(all).length > 1;

function sourceStrip(all: DataSources[], region: string, at: TimeAxis): Html | null {
  const its = all.find((one) => one.region === region);
  if (its === undefined || !isMixed(all)) return null;
  const named = namedIn([its]);
  const totals = its.atMs.map((_, i) => named.reduce((sum, source) => sum + its.reads[source]![i]!, 0));
  const below = totals.map(() => 0);
  const areas = named.map((source) => {
    const steps = its.atMs.flatMap((fromMs, i) => {
      const share = totals[i] === 0 ? 0 : its.reads[source]![i]! / totals[i]!;
      if (share === 0) return [];
      const y0 = below[i]!;
      below[i] = y0 + share;
      return [{ x0: at(fromMs), x1: at(fromMs + SECOND_MS), y0, y1: y0 + share }];
    });
    return area(steps, `source-${source}`);
  });
  const all100 = totals.reduce((sum, n) => sum + n, 0);
  const shares = named.map((source) => {
    const n = its.reads[source]!.reduce((sum, one) => sum + one, 0);
    return `${percent(all100 === 0 ? null : n / all100)} from ${WORDS[source]}`;
  });
  return html`<div class="strip">
    ${plot({
      label: `${region}: sources of reads over time; in all ${shares.join(', ')}`,
      heightPx: 34,
      marks: areas,
      xTicks: [],
      yTicks: [],
      notes: [{ x: 1, y: 0.5, text: 'source', kind: 'end' }],
    })}
  </div>`;
}
