/** How figures are written for people, the same in every report. */
import type { CellVerdict, RunResult, ShareVerdict, Verdict } from '../run-result.ts';
import { CLAIMS } from '../../claims/index.ts';
import { count, ms, percent, percentAsWritten, percentFigure, plural, seconds } from '../../src/formats/words.ts';

/** A shape for each verdict, so that a report can be read without colour. */
export const SYMBOL: Record<Verdict, string> = {
  PASS: '✓',
  FAIL: '✗',
  INCONCLUSIVE: '?',
  INVALID: '!',
  ABORTED: '■',
  INFEASIBLE: '⊘',
};

/** The 90 % interval that two one-sided 95 % bounds make, `0.05–0.31`; a dash where there is none. */
export const interval = (cell: Pick<ShareVerdict, 'lowerShare' | 'upperShare'>): string =>
  cell.lowerShare === null || cell.upperShare === null
    ? '–'
    : `${percentFigure(cell.lowerShare)}–${percentFigure(cell.upperShare)}`;

/** The quantile a latency claim speaks of: `p99` for at most 1 % bad, `p99.9` for 0.1 %. */
export const quantileName = (maxBadShare: number): string => `p${Number(((1 - maxBadShare) * 100).toFixed(4))}`;

/** What was found: how many are wrong, when it came, the claim's quantile, or the good share. */
export function cellValue(cell: CellVerdict): string {
  if (cell.evidence === 'count') return cell.total === 0 ? '–' : `${count(cell.bad)} ${CLAIMS[cell.kind].wrong}`;
  if (cell.evidence === 'time')
    return cell.valueMs === null && cell.status === 'FAIL' ? 'not in time' : seconds(cell.valueMs);
  if (cell.limitMs !== null) return cell.total > 0 && cell.valueMs === null ? 'failed' : ms(cell.valueMs);
  return percent(cell.badShare === null ? null : 1 - cell.badShare);
}

/** What was allowed: `≤ 120 ms`, `≥ 99.9 %`; of counts the claim's title says it. */
export function cellLimit(cell: CellVerdict): string {
  if (cell.evidence === 'count') return '';
  if (cell.evidence === 'time') return `≤ ${seconds(cell.limitMs)}`;
  return cell.limitMs === null ? `≥ ${percentAsWritten(1 - cell.maxBadShare)}` : `≤ ${ms(cell.limitMs)}`;
}

/** What a cell was judged by: `bad 0–0.16 % of 1,920`, or the things that were looked at. */
export const cellEvidence = (cell: CellVerdict): string =>
  cell.evidence === 'share'
    ? `bad ${interval(cell)} % of ${count(cell.total)}`
    : `${plural(cell.total, CLAIMS[cell.kind].one)} seen`;

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
