/** How figures are written for people, the same in every report. */
import type { CellVerdict, RunResult, ShareVerdict, Verdict } from '../run-result.ts';
import { CLAIMS } from '../../claims/index.ts';

/** A shape for each verdict, so that a report can be read without colour. */
export const SYMBOL: Record<Verdict, string> = {
  PASS: '✓',
  FAIL: '✗',
  INCONCLUSIVE: '?',
  INVALID: '!',
  ABORTED: '■',
  INFEASIBLE: '⊘',
};

const NOTHING = '–';

/** `8213` -> `8,213`. */
export const count = (n: number): string => {
  const [whole, fraction] = String(n).split('.') as [string, string?];
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
};

/** Milliseconds without unit: one decimal below 200, where limits lie and a rounded figure could contradict one. */
export function msFigure(ms: number | null): string {
  if (ms === null) return NOTHING;
  const digits = Math.abs(ms) < 200 && !Number.isInteger(ms) ? 1 : 0;
  return count(Number(ms.toFixed(digits)));
}

/** `84.2 ms`, `1,240 ms`, `12.3 s`; a dash for null. */
export const ms = (value: number | null): string =>
  value === null ? NOTHING : value >= 10_000 ? `${(value / 1000).toFixed(1)} s` : `${msFigure(value)} ms`;

/**
 * A share as a percent figure without the sign. Two significant digits towards 0 % and towards 100 %, so that 99.97 %
 * never reads 100 and 0.02 % never 0; below a thousandth of a percent `<0.001`.
 */
export function percentFigure(share: number | null): string {
  if (share === null) return NOTHING;
  const percent = share * 100;
  const distance = Math.min(percent, 100 - percent);
  if (distance <= 0) return percent <= 0 ? '0' : '100';
  if (distance < 0.001) return percent < 50 ? '<0.001' : '>99.999';
  const digits = distance >= 10 ? 0 : Math.min(3, 1 - Math.floor(Math.log10(distance)));
  return trimZeros(percent.toFixed(digits));
}

const trimZeros = (figure: string): string => (figure.includes('.') ? figure.replace(/\.?0+$/, '') : figure);

/** `0.12 %`. */
export const percent = (share: number | null): string => (share === null ? NOTHING : `${percentFigure(share)} %`);

/** The 90 % interval that two one-sided 95 % bounds make, `0.05–0.31`; a dash where there is none. */
export const interval = (cell: Pick<ShareVerdict, 'lowerShare' | 'upperShare'>): string =>
  cell.lowerShare === null || cell.upperShare === null
    ? NOTHING
    : `${percentFigure(cell.lowerShare)}–${percentFigure(cell.upperShare)}`;

/** The quantile a latency claim speaks of: `p99` for at most 1 % bad, `p99.9` for 0.1 %. */
export const quantileName = (maxBadShare: number): string => `p${Number(((1 - maxBadShare) * 100).toFixed(4))}`;

/** What was found: how many are wrong, when it came, the claim's quantile, or the good share. */
export function cellValue(cell: CellVerdict): string {
  if (cell.evidence === 'count') return cell.total === 0 ? NOTHING : `${count(cell.bad)} ${CLAIMS[cell.kind].wrong}`;
  if (cell.evidence === 'time')
    return cell.valueMs === null && cell.status === 'FAIL' ? 'not in time' : afterwards(cell.valueMs);
  if (cell.limitMs !== null) return cell.total > 0 && cell.valueMs === null ? 'failed' : ms(cell.valueMs);
  return cell.badShare === null ? NOTHING : percent(1 - cell.badShare);
}

/** What was allowed: `≤ 120 ms`, `≥ 99.9 %`; of counts the claim's title says it. */
export function cellLimit(cell: CellVerdict): string {
  if (cell.evidence === 'count') return '';
  if (cell.evidence === 'time') return `≤ ${afterwards(cell.limitMs)}`;
  return cell.limitMs === null ? `≥ ${percent(1 - cell.maxBadShare)}` : `≤ ${ms(cell.limitMs)}`;
}

/** What a cell was judged by: `bad 0–0.16 % of 1,920`, or the things that were looked at. */
export const cellEvidence = (cell: CellVerdict): string =>
  cell.evidence === 'share'
    ? `bad ${interval(cell)} % of ${count(cell.total)}`
    : `${plural(cell.total, CLAIMS[cell.kind].one)} seen`;

/** `6.21 s` after an instant; a dash for null. */
export const afterwards = (durationMs: number | null): string =>
  durationMs === null ? NOTHING : `${Number((durationMs / 1000).toFixed(durationMs < 10_000 ? 2 : 1))} s`;

/** `3 min 10 s`, `45 s`. */
export function duration(durationMs: number): string {
  const seconds = Math.round(durationMs / 1000);
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  return minutes === 0 ? `${rest} s` : rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
}

/** `1 city`, `3 cities`. */
export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;

/** `2026-11-22 21:47 UTC`. */
export const when = (iso: string | null): string =>
  iso === null ? 'never started' : `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;

/** `a.example.test is 192.0.2.1 and 192.0.2.2; from 60.0 s 192.0.2.3`, a text per name that DNS was asked for. */
export const namesInWords = ({ names }: Pick<RunResult, 'names'>): string[] =>
  names.map(({ name, answers }) => {
    const [first, ...later] = answers.map(({ ms: atMs, addresses, error }) => {
      const at = atMs === null ? '' : `from ${(atMs / 1000).toFixed(1)} s `;
      return error === null ? `${at}${addresses.join(', ')}` : `${at}${error}, so still ${addresses.join(', ')}`;
    });
    return [`${name} is ${first}`, ...later].join('; ');
  });

/** `postgres 18.6, redis 8.0.6`; '' where nobody told. */
export const serversInWords = ({ servers }: Pick<RunResult, 'servers'>): string =>
  Object.entries(servers)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
