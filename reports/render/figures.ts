/** How figures are written, the same in every report. */
import type { CellVerdict, RunResult, ShareVerdict, Verdict } from '../run-result.ts';
import { isTooClose } from '../../src/statistics/requests-to-settle.ts';
import { CLAIMS } from '../../claims/index.ts';
import { count, ms, percent, percentAsWritten, percentFigure, plural, seconds } from '../../src/formats/words.ts';

/** A symbol for each verdict, so that a report is readable without colour. */
export const SYMBOL: Record<Verdict, string> = {
  PASS: '✓',
  FAIL: '✗',
  INCONCLUSIVE: '?',
  INVALID: '!',
  ABORTED: '■',
  INFEASIBLE: '⊘',
};

/** The 90 % interval of two one-sided 95 % bounds, `0.05–0.31`; a dash for none. */
export const interval = (cell: Pick<ShareVerdict, 'lowerShare' | 'upperShare'>): string =>
  cell.lowerShare === null || cell.upperShare === null
    ? '–'
    : `${percentFigure(cell.lowerShare)}–${percentFigure(cell.upperShare)}`;

/** The quantile of a latency claim: `p99` for at most 1 % bad, `p99.9` for 0.1 %. */
export const quantileName = (maxBadShare: number): string => `p${Number(((1 - maxBadShare) * 100).toFixed(4))}`;

/** The measured value: number of wrong ones, time, quantile or share. */
export function cellValue(cell: CellVerdict): string {
  if (cell.evidence === 'count') return cell.total === 0 ? '–' : `${count(cell.bad)} ${CLAIMS[cell.kind].badName}`;
  if (cell.evidence === 'time')
    return cell.valueMs === null && cell.status === 'FAIL' ? 'not in time' : seconds(cell.valueMs);
  if (cell.limitMs !== null) return cell.total > 0 && cell.valueMs === null ? 'failed' : ms(cell.valueMs);
  if (CLAIMS[cell.kind].isBadShareShown) return percent(cell.badShare);
  return percent(cell.badShare === null ? null : 1 - cell.badShare);
}

/** The limit: `≤ 120 ms`, `≥ 99.9 %`; '' for counts, whose limit is in the claim's title. */
export function cellLimit(cell: CellVerdict): string {
  if (cell.evidence === 'count') return '';
  if (cell.evidence === 'time') return `≤ ${seconds(cell.limitMs)}`;
  if (cell.limitMs !== null) return `≤ ${ms(cell.limitMs)}`;
  if (CLAIMS[cell.kind].isBadShareShown) return `≤ ${percentAsWritten(cell.maxBadShare)}`;
  return `≥ ${percentAsWritten(1 - cell.maxBadShare)}`;
}

/** The evidence of a cell: `bad 0–0.16 % of 1,920`, `from 420 reads`, or `10 assets checked`. */
export function cellEvidence(cell: CellVerdict): string {
  if (cell.evidence === 'share') return `bad ${interval(cell)} % of ${count(cell.total)}`;
  const items = plural(cell.total, CLAIMS[cell.kind].item);
  return cell.evidence === 'time' ? `${items} observed` : `${items} checked`;
}

/** What an undecided cell needs: `needs 198 more` requests; '' for any other. */
export function cellLacking({ status, total, requestsLacking }: CellVerdict): string {
  if (status !== 'INCONCLUSIVE' || !requestsLacking) return '';
  return isTooClose(requestsLacking, total) ? 'too close to the limit' : `needs ${count(requestsLacking)} more`;
}

/** What the interval in the evidence of a share is. */
export const INTERVAL_NOTE =
  'bad: requests that failed or missed the limit; 90 % confidence interval, each end a 95 % bound';

/** `2026-11-22 21:47 UTC`. */
export const when = (iso: string | null): string =>
  iso === null ? 'never started' : `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;

/** `a.example.test is 192.0.2.1, 192.0.2.2; from 60.0 s 192.0.2.3`, one per resolved name. */
export const namesInWords = ({ names }: Pick<RunResult, 'names'>): string[] =>
  names.map(({ name, answers }) => {
    const [first, ...later] = answers.map(({ ms: atMs, addresses, error }) => {
      const at = atMs === null ? '' : `from ${(atMs / 1000).toFixed(1)} s `;
      return error === null ? `${at}${addresses.join(', ')}` : `${at}${error}, still using ${addresses.join(', ')}`;
    });
    return [`${name} is ${first}`, ...later].join('; ');
  });

/** `postgres 18.6, redis 8.0.6`; '' if unknown. */
export const serversInWords = ({ servers }: Pick<RunResult, 'servers'>): string =>
  Object.entries(servers)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
