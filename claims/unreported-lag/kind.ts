/** Unreported lag: of the seconds of a fault, the share in which clients saw more lag than the target reported. */
import { count, percent, percentAsWritten, seconds } from '../../src/formats/words.ts';
import { shareStatus } from '../../src/statistics/share-status.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import { inFault } from '../measures/replica-lag/reported-lag.ts';
import type { ReplicaLag } from '../measures/replica-lag/schema.ts';

/**
 * Reports come twice a second, from heartbeats ten times a second, and the lag changes meanwhile: so much may be
 * missing.
 */
const TOLERANCE_MS = 500;

export const unreportedLag: FindingKind = {
  counts: 'findings',
  evidence: 'share',
  subjects: ['region'],
  one: 'second',
  wrong: 'unreported',
  limit: {
    key: 'unreportedLagShare',
    unit: 'share',
    describe: 'Of the seconds of the fault, those in which clients saw more lag than the target reported.',
    words: (value) => `lag reported as clients see it in all but ${percentAsWritten(value)} of the seconds`,
    title: () => 'the target reports the lag that clients see',
    phase: 'fault',
    regions: 'hurt replicas',
  },
  isForLoad: false,
  needs: [],
  find: (asked, measured) =>
    inFault(asked, measured, (lag, fromMs, toMs) => find(asked.claim.maxBadShare, lag, fromMs, toMs)),
};

/** Seconds in which clients saw more than was reported in it, or in the second before or after. */
function find(most: number, { atMs, seenMs, reportedMs }: ReplicaLag, fromMs: number, toMs: number): Finding {
  const inFault = [...atMs.keys()].filter((i) => atMs[i]! >= fromMs && atMs[i]! < toMs && seenMs[i] !== null);
  const reported = (i: number): number => Math.max(...[i - 1, i, i + 1].map((at) => reportedMs[at] ?? 0));
  const bad = inFault.filter((i) => seenMs[i]! > reported(i) + TOLERANCE_MS).length;
  const total = inFault.length;
  if (total === 0) return untested('no read while it lasted says how old it was.');
  const worst = inFault.toSorted((a, b) => seenMs[b]! - reported(b) - (seenMs[a]! - reported(a)))[0]!;
  const why = `In ${count(bad)} of ${count(total)} seconds (${percent(bad / total)}) clients saw over ${TOLERANCE_MS} ms more lag than the target reported, at worst ${seconds(seenMs[worst]!)} against ${seconds(reported(worst))}; at most ${percentAsWritten(most)} may be.`;
  return { status: shareStatus(bad, total, most), why, total, bad, fromMs: null, valueMs: null };
}
