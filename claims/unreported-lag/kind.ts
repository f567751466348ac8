/** Unreported lag: the share of the seconds of a fault in which clients saw more lag than the target reported. */
import { count, percent, percentAsWritten, seconds } from '../../src/formats/words.ts';
import { shareStatus } from '../../src/statistics/share-status.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import { inFault } from '../measures/replica-lag/reported-lag.ts';
import type { ReplicaLag } from '../measures/replica-lag/schema.ts';

/** Lag is reported twice a second, from heartbeats ten times a second, and changes in between. */
const TOLERANCE_MS = 500;

export const unreportedLag: FindingKind = {
  judges: 'figures',
  evidence: 'share',
  subjects: ['region'],
  item: 'second',
  badName: 'unreported',
  limit: {
    key: 'unreportedLagShare',
    unit: 'share',
    describe: 'Maximum share of the seconds of the fault in which clients see more lag than the target reports.',
    words: (value) => `unreported lag in at most ${percentAsWritten(value)} of seconds`,
    title: () => 'the target reports the replication lag that clients see',
    phase: 'fault',
    regions: 'affected replicas',
  },
  isForLoad: false,
  needs: [],
  find: (cell, measured) =>
    inFault(cell, measured, (lag, fromMs, toMs) => find(cell.claim.maxBadShare, lag, fromMs, toMs)),
};

/** Counts the seconds in which clients saw more lag than was reported in them or in the second before or after. */
function find(maxShare: number, { atMs, seenMs, reportedMs }: ReplicaLag, fromMs: number, toMs: number): Finding {
  const inFault = [...atMs.keys()].filter((i) => atMs[i]! >= fromMs && atMs[i]! < toMs && seenMs[i] !== null);
  const reported = (i: number): number => Math.max(...[i - 1, i, i + 1].map((at) => reportedMs[at] ?? 0));
  const bad = inFault.filter((i) => seenMs[i]! > reported(i) + TOLERANCE_MS).length;
  const total = inFault.length;
  if (total === 0) return untested('no read during the fault showed its staleness.');
  const worst = inFault.toSorted((a, b) => seenMs[b]! - reported(b) - (seenMs[a]! - reported(a)))[0]!;
  const why = `In ${count(bad)} of ${count(total)} seconds (${percent(bad / total)}) clients saw over ${TOLERANCE_MS} ms more lag than the target reported, at worst ${seconds(seenMs[worst]!)} against ${seconds(reported(worst))}; the limit is ${percentAsWritten(maxShare)}.`;
  return { status: shareStatus(bad, total, maxShare), why, total, bad, fromMs: null, toMs: null };
}
