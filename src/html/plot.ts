/**
 * Charts without scripts: marks in an SVG that scales with the page, labels in HTML over it, so that text keeps its
 * size on a phone, on a desktop and on paper. Positions are shares of the plot, 0 left or bottom, 1 right or top.
 */
import { Html, html } from './html-tag.ts';
import type { Insertable } from './html-tag.ts';

/** Units of the viewBox per side; coordinates are rounded to tenths of them. */
const BOX = 1000;

const unit = (share: number): string => String(Math.round(share * BOX * 10) / 10);
const x = unit;
const y = (share: number): string => unit(1 - share);

export interface Tick {
  at: number;
  label: string;
}

/** Text at a position in the plot, on this `side` of it. */
export interface Note {
  x: number;
  y: number;
  text: string;
  side?: 'left' | 'middle' | 'right';
  kind?: string;
}

export interface Plot {
  /** Accessible name of the chart. */
  label: string;
  heightPx: number;
  marks: Insertable;
  xTicks: Tick[];
  yTicks: Tick[];
  notes?: Note[];
}

export const plot = ({ label, heightPx, marks, xTicks, yTicks, notes = [] }: Plot): Html =>
  html` <div class="plot" style="height:${heightPx}px">
    <svg viewBox="0 0 ${BOX} ${BOX}" preserveAspectRatio="none" role="img" aria-label="${label}">
      ${yTicks.map((t) => html`<line class="grid" x1="0" x2="${BOX}" y1="${y(t.at)}" y2="${y(t.at)}" />`)} ${marks}
    </svg>
    ${yTicks.map((t) => html`<span class="tick y" style="bottom:${percentOf(t.at)}">${t.label}</span>`)}
    ${xTicks.map((t) => html`<span class="tick x" style="left:${percentOf(t.at)}">${t.label}</span>`)}
    ${notes.map(
      (n) =>
        html`<span class="note ${n.kind} ${n.side ?? 'right'}" style="left:${percentOf(n.x)};bottom:${percentOf(n.y)}"
          >${n.text}</span
        >`,
    )}
  </div>`;

const percentOf = (share: number): string => `${Math.round(share * 1000) / 10}%`;

/** A line through points; a null breaks it. */
export function line(points: ({ x: number; y: number } | null)[], kind: string): Html {
  let path = '';
  let pen = 'M';
  for (const point of points) {
    if (point === null) {
      pen = 'M';
      continue;
    }
    // A point between two gaps would be invisible without a second one at the same position.
    path += pen === 'M' ? `M${x(point.x)} ${y(point.y)}h0` : `L${x(point.x)} ${y(point.y)}`;
    pen = 'L';
  }
  return html`<path class="${kind}" d="${path}" />`;
}

/** Rectangles of one kind in one path; positions as in `box`. */
export function area(parts: { x0: number; x1: number; y0: number; y1: number }[], kind: string): Html {
  const path = parts.map(({ x0, x1, y0, y1 }) => `M${x(x0)} ${y(y0)}V${y(y1)}H${x(x1)}V${y(y0)}Z`).join('');
  return html`<path class="area ${kind}" d="${path}" />`;
}

/** A rectangle from (x0, y0) to (x1, y1), with a tooltip. */
export const box = (x0: number, x1: number, y0: number, y1: number, kind: string, title?: string): Html => {
  const size = `x="${x(x0)}" y="${y(y1)}" width="${unit(x1 - x0)}" height="${unit(y1 - y0)}"`;
  return html`<rect class="${kind}" ${new Html(size)}>${title !== undefined && html`<title>${title}</title>`}</rect>`;
};

export const vertical = (at: number, kind: string): Html =>
  html`<line class="${kind}" x1="${x(at)}" x2="${x(at)}" y1="0" y2="${BOX}" />`;

export const horizontal = (at: number, kind: string): Html =>
  html`<line class="${kind}" x1="0" x2="${BOX}" y1="${y(at)}" y2="${y(at)}" />`;

export interface Scale {
  /** Position of a value, clamped to 0 … 1. */
  at(value: number): number;
  ticks: { value: number; at: number }[];
}

/** A logarithmic scale with ticks at 1, 2, 5 times powers of ten, fewer over more decades. */
export function logScale(from: number, to: number): Scale {
  const [low, high] = [Math.log10(from), Math.log10(to)];
  const at = (value: number): number =>
    Math.min(1, Math.max(0, (Math.log10(Math.max(value, from)) - low) / (high - low)));
  const decades = high - low;
  const steps = decades > 3.5 ? [1] : decades > 1.6 ? [1, 3] : [1, 2, 5];
  const values = Array.from({ length: Math.ceil(high) - Math.floor(low) + 1 }, (_, i) => 10 ** (Math.floor(low) + i))
    .flatMap((power) => steps.map((step) => Number((step * power).toPrecision(3))))
    .filter((value) => value >= from * 0.999 && value <= to * 1.001);
  return { at, ticks: values.map((value) => ({ value, at: at(value) })) };
}

/** Ticks of a time axis, ms since T0: at most eight, on round seconds or minutes. */
export function timeTicks(toMs: number): Tick[] {
  const steps = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200].map((seconds) => seconds * 1000);
  const step = steps.find((s) => toMs / s <= 7) ?? Math.ceil(toMs / 7 / 3_600_000) * 3_600_000;
  return Array.from({ length: Math.floor(toMs / step) + 1 }, (_, i) => ({
    at: (i * step) / toMs,
    label: clock(i * step),
  }));
}

/** `2:30`: minutes and seconds since T0. */
export const clock = (atMs: number): string => {
  const seconds = Math.round(atMs / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
};
