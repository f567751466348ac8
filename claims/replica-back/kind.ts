/** Replica back: how long after the fault clears the region's replica serves reads again, as before the fault. */
import { percent, plural, seconds } from '../../src/formats/words.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import { type ReplicaReads, replicaReads } from '../measures/data-sources/switching.ts';

const SECOND_MS = 1000;
/** It is back when it serves this part of its usual share: users who have just written read from the primary. */
const BACK = 0.5;
/** Seconds of reads after the fault; a shorter time says nothing. */
const MIN_SECONDS = 3;

export const replicaBack: FindingKind = {
  judges: 'figures',
  evidence: 'time',
  subjects: ['region'],
  item: 'read',
  badName: 'from elsewhere',
  limit: {
    key: 'replicaBackSeconds',
    unit: 'seconds',
    describe: 'Maximum time after the fault clears (t1) until the replica serves reads again.',
    words: (value) => `replica serves reads again after ${value} s`,
    title: (value) => `the replica serves reads again within ${value} s of the fault clearing`,
    phase: 'recovery',
    regions: 'affected replicas',
  },
  isForLoad: false,
  needs: ['clock'],
  find: (cell, measured) => replicaReads(cell, measured, 'recovery', (reads) => find(cell.claim.limitMs!, reads)),
};

/** It is back from the second on in which, and after which, at least half of its usual share of reads came from it. */
function find(limitMs: number, { fromMs, toMs, seconds: all, usualShare }: ReplicaReads): Finding {
  const total = all.reduce((sum, second) => sum + second.all, 0);
  if (all.length < MIN_SECONDS) return untested(`only ${plural(all.length, 'second')} after the fault had reads.`);
  const isBack = ({ replica, all: of }: ReplicaReads['seconds'][number]): boolean => replica >= BACK * usualShare * of;
  const away = all.findLastIndex((second) => !isBack(second));
  const bad = all.slice(0, away + 1).reduce((sum, second) => sum + second.all - second.replica, 0);
  const limit = `the limit is ${seconds(limitMs)}`;
  const usual = `${percent(usualShare)} of reads before the fault`;
  if (away === -1) {
    const why = `The replica served reads again at once (${usual}); ${limit}.`;
    return { status: 'PASS', why, total, bad, fromMs: 0, toMs: 0 };
  }
  // A single second at the end decides nothing.
  const awayMs = all[away]!.atMs - fromMs;
  if (away >= all.length - 2) {
    const why = `The replica did not serve reads again (${usual}) in the ${seconds(toMs - fromMs)} after the fault cleared; ${limit}.`;
    const status = awayMs > limitMs ? 'FAIL' : 'INCONCLUSIVE';
    return { status, why, total, bad, fromMs: null, toMs: null };
  }
  const [low, high] = [Math.max(0, awayMs), awayMs + SECOND_MS];
  const why = `The replica served reads again between ${seconds(low)} and ${seconds(high)} after the fault cleared (${usual}); ${limit}.`;
  const status = high <= limitMs ? 'PASS' : low > limitMs ? 'FAIL' : 'INCONCLUSIVE';
  return { status, why, total, bad, fromMs: low, toMs: high };
}
