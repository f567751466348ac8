/** What measures (claims/measures/) add to the charts over time, in their order. */
import { mapMeasures } from '../../../claims/measures/index.ts';
import type { OverTime, TimeAxis } from '../../../claims/measures/measure.ts';
import type { Html, Insertable } from '../../../src/html/html-tag.ts';
import type { Note } from '../../../src/html/plot.ts';
import type { RunResult } from '../../run-result.ts';

/** Items of the legend. */
export const legendItems = (result: RunResult): Insertable[] =>
  collect(result, (overTime, figures) => [overTime.legend(figures)]).map((items, i) =>
    i === 0 ? items : ['\n', items],
  );

/** Additions to the chart of one region. */
interface Added {
  bands: Html[];
  marks: Html[];
  notes: Note[];
  strips: (Html | null)[];
}

export function addedTo(result: RunResult, region: string, at: TimeAxis): Added {
  const bands = collect(result, (overTime, figures) => overTime.bands?.(figures, at) ?? []);
  return {
    bands,
    marks: collect(result, (overTime, figures) => overTime.marks?.(figures, region, at) ?? []),
    notes: collect(result, (overTime, figures) => overTime.notes?.(figures, region, at) ?? []),
    strips: collect(result, (overTime, figures) => [overTime.strip?.(figures, region, at, bands) ?? null]),
  };
}

const collect = <T>({ figures }: RunResult, of: <F>(overTime: OverTime<F>, figures: F) => T[]): T[] =>
  mapMeasures(figures, ({ overTime }, its) => (overTime === undefined ? [] : of(overTime, its))).flat();
