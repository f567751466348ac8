/**
 * Near reads: a read near a replica is several times as fast as the same read forced to the primary. The two are sent
 * one after the other, in turns, so that what slows the machine or the target slows both.
 */
import { count, ms, percentAsWritten, plural } from '../../src/formats/words.ts';
import { shareStatus } from '../../src/statistics/share-status.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import { type ObservedPairs, observedPairs } from './observation.ts';

export const nearReads: FindingKind = {
  judges: 'figures',
  evidence: 'share',
  subjects: ['target'],
  item: 'pair',
  badName: 'not faster',
  limit: {
    key: 'slowNearReadShare',
    unit: 'share',
    describe: 'Maximum share of pairs in which the read near the replica was not as much faster as it should be.',
    words: (value) => `at most ${percentAsWritten(value)} of reads near a replica not faster`,
    title: (value) => `at most ${percentAsWritten(value)} of reads near a replica are not faster than from the primary`,
    phase: 'recovery',
    regions: 'all',
  },
  isForLoad: true,
  isForLoadAlone: true,
  needs: [],
  block: 'nearReads',
  find({ claim }, { observed }) {
    const seen = observedPairs.safeParse(observed('near-reads'));
    if (!seen.success || seen.data.pairs.length === 0) return untested('no pair of reads had two good responses.');
    return find(claim.maxBadShare, seen.data);
  },
};

function find(maxShare: number, { times, failed, pairs }: ObservedPairs): Finding {
  const total = pairs.length;
  const bad = pairs.filter(({ nearMs, forcedMs }) => nearMs * times > forcedMs).length;
  const ratios = pairs.map(({ nearMs, forcedMs }) => forcedMs / nearMs).toSorted((a, b) => a - b);
  const [low, high] = medianInterval(ratios);
  const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
  const speeds = `medians ${ms(median(pairs.map(({ nearMs }) => nearMs)))} and ${ms(median(pairs.map(({ forcedMs }) => forcedMs)))}`;
  const ratio = `the median pair is ${low.toFixed(1)} to ${high.toFixed(1)} times as fast near the replica (90 % interval; ${speeds})`;
  const open = failed === 0 ? '' : ` Not counted: ${plural(failed, 'pair')} with an error.`;
  const why = `In ${count(bad)} of ${plural(total, 'pair')} the read near the replica was less than ${times} times as fast; ${ratio}; the limit is ${percentAsWritten(maxShare)}.${open}`;
  return { status: shareStatus(bad, total, maxShare), why, total, bad, fromMs: null, toMs: null };
}

/** The order statistics that contain the median with 90 %: their ranks are n / 2 ± 1.645 sqrt(n) / 2 (sign test). */
function medianInterval(sorted: number[]): [number, number] {
  const half = (1.645 * Math.sqrt(sorted.length)) / 2;
  const at = (rank: number): number => sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(rank)))]!;
  return [at(sorted.length / 2 - half - 1), at(sorted.length / 2 + half)];
}
