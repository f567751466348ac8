/** Faults on a time axis: a band from t0 to t1, and lines at t0, first failover, recovery and t1. */
import { seconds } from '../../../src/formats/words.ts';
import { html } from '../../../src/html/html-tag.ts';
import type { Html } from '../../../src/html/html-tag.ts';
import { box, type Note, vertical } from '../../../src/html/plot.ts';
import type { OverTime, TimeAxis } from '../measure.ts';
import type { FailoverFigures, FaultFigures } from './schema.ts';

export const failoverOverTime: OverTime<FailoverFigures> = {
  legend: () => LEGEND,
  bands: ({ faults }, at) => faults.flatMap((fault) => band(fault, at)),
  marks: ({ faults }, region, at) =>
    faults.flatMap((fault) => [
      ...band(fault, at),
      ...marksOf(fault, region).map(({ atMs, kind }) => vertical(at(atMs), kind)),
    ]),
  notes: ({ faults }, region, at) => notesOf(faults, region, at),
};

/** Width of a character of a label, as a share of the axis. Marks whose labels would touch share one. */
const CHARACTER_WIDTH = 0.009;

interface Mark {
  atMs: number;
  name: string;
  kind: 'fault-edge' | 'failover' | 'recovered';
}

/** Labels of the marks, at the top of the chart; those that would overlap are joined. */
function notesOf(faults: FaultFigures[], region: string, at: TimeAxis): Note[] {
  const notes: Note[] = [];
  for (const fault of faults) {
    for (const { atMs, name, kind } of marksOf(fault, region)) {
      const last = notes.at(-1);
      if (last && at(atMs) - last.x < CHARACTER_WIDTH * (last.text.length + 1)) last.text += ` ${name}`;
      else notes.push({ x: at(atMs), y: 1, text: name, kind: kind === 'fault-edge' ? 'mark edge' : 'mark' });
    }
  }
  return notes;
}

const band = (fault: FaultFigures, at: TimeAxis): Html[] =>
  fault.t0Ms === null
    ? []
    : [
        box(
          at(fault.t0Ms),
          fault.t1Ms === null ? 1 : at(fault.t1Ms),
          0,
          1,
          'band-fault',
          `${fault.title}${fault.t1Ms === null ? ', not confirmed cleared' : `, ${seconds(fault.t1Ms - fault.t0Ms)}`}`,
        ),
      ];

/** In order of time. Unaffected regions have t0 and t1 alone. */
function marksOf(fault: FaultFigures, region: string): Mark[] {
  const { t0Ms, t1Ms } = fault;
  if (t0Ms === null) return [];
  const affected = fault.regions.find((f) => f.region === region);
  const marks: (Mark | false)[] = [
    { atMs: t0Ms, name: 't0', kind: 'fault-edge' },
    affected !== undefined &&
      affected.failoverMs !== null && { atMs: t0Ms + affected.failoverMs, name: 'failover', kind: 'failover' },
    affected !== undefined &&
      affected.rtoToMs !== null &&
      affected.rtoToMs > 0 && { atMs: t0Ms + affected.rtoToMs, name: 'served again', kind: 'recovered' },
    t1Ms !== null && { atMs: t1Ms, name: 't1', kind: 'fault-edge' },
  ];
  return marks.filter((mark) => mark !== false).toSorted((a, b) => a.atMs - b.atMs);
}

const LEGEND: Html = html`<li>
    <svg viewBox="0 0 34 10" width="34" height="10" aria-hidden="true"><path class="failover" d="M1 5h32" /></svg>
    failover: first response from another region
  </li>
  <li>
    <svg viewBox="0 0 34 10" width="34" height="10" aria-hidden="true"><path class="recovered" d="M1 5h32" /></svg>
    served again: no bad window follows
  </li>`;
