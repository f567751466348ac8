/**
 * Faults on a time axis: a band while one lasts, lines where it bites and is gone, where clients fail over and recover.
 */
import type { FaultFigures } from '../../../claims/measures/failover/schema.ts';
import type { RunResult } from '../../run-result.ts';
import { seconds } from '../../../src/formats/words.ts';
import { rtoWords } from '../fault-lines.ts';
import type { Html } from '../../../src/html/html-tag.ts';
import { box, vertical } from '../../../src/html/plot.ts';

/** Marks closer than this share of the axis share a label. */
const APART = 0.03;

interface Mark {
  atMs: number;
  name: string;
  kind: 'fault-edge' | 'ttd' | 'rto';
}

/** Bands and lines of all faults for the chart of one region; `at` places an instant on the axis, 0 to 1. */
export function faultMarks(result: RunResult, region: string, at: (ms: number) => number): Html[] {
  return result.figures.failover.faults.flatMap((fault) => [
    ...band(fault, at),
    ...marksOf(fault, region).map(({ atMs, kind }) => vertical(at(atMs), kind)),
  ]);
}

/** The bands alone. */
export const faultBands = (result: RunResult, at: (ms: number) => number): Html[] =>
  result.figures.failover.faults.flatMap((fault) => band(fault, at));

/** Names of the marks, at the top of the chart; those that would overlap stand together. */
export function faultNotes(
  result: RunResult,
  region: string,
  at: (ms: number) => number,
): { x: number; y: number; text: string; kind: string }[] {
  const notes: { x: number; y: number; text: string; kind: string }[] = [];
  for (const fault of result.figures.failover.faults) {
    for (const { atMs, name, kind } of marksOf(fault, region)) {
      const last = notes.at(-1);
      if (last && at(atMs) - last.x < APART) last.text += ` ${name}`;
      else notes.push({ x: at(atMs), y: 1, text: name, kind: kind === 'fault-edge' ? 'mark edge' : 'mark' });
    }
  }
  return notes;
}

const band = (fault: FaultFigures, at: (ms: number) => number): Html[] =>
  fault.t0Ms === null
    ? []
    : [
        box(
          at(fault.t0Ms),
          fault.t1Ms === null ? 1 : at(fault.t1Ms),
          0,
          1,
          'band-fault',
          `${fault.title}${fault.t1Ms === null ? ', not seen to be gone' : `, ${seconds(fault.t1Ms - fault.t0Ms)}`}`,
        ),
      ];

/** In order of time. Regions that were not hurt have the edges alone. */
function marksOf(fault: FaultFigures, region: string): Mark[] {
  const { t0Ms, t1Ms } = fault;
  if (t0Ms === null) return [];
  const hurt = fault.regions.find((f) => f.region === region);
  const marks: (Mark | false)[] = [
    { atMs: t0Ms, name: 't0', kind: 'fault-edge' },
    hurt !== undefined && hurt.ttdMs !== null && { atMs: t0Ms + hurt.ttdMs, name: 'TTD', kind: 'ttd' },
    hurt !== undefined &&
      hurt.rtoToMs !== null &&
      rtoWords(hurt) !== 'nothing to recover from' && { atMs: t0Ms + hurt.rtoToMs, name: 'RTO', kind: 'rto' },
    t1Ms !== null && { atMs: t1Ms, name: 't1', kind: 'fault-edge' },
  ];
  return marks.filter((mark) => mark !== false).toSorted((a, b) => a.atMs - b.atMs);
}
