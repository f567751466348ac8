/** Replica out: how long after the fault takes effect the last read is still served by the region's replica. */
import { plural, seconds } from '../../src/formats/words.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import { type ReplicaReads, replicaReads } from '../measures/data-sources/switching.ts';

const SECOND_MS = 1000;
/** Seconds of reads during the fault; with fewer it was too short to say anything. */
const MIN_SECONDS = 3;

export const replicaOut: FindingKind = {
  judges: 'figures',
  evidence: 'time',
  subjects: ['region'],
  item: 'read',
  badName: 'from the replica',
  limit: {
    key: 'replicaOutSeconds',
    unit: 'seconds',
    describe: 'Maximum time after t0 until no read is served by the replica.',
    words: (value) => `replica out of the reads ${value} s`,
    title: (value) => `no read is served by the replica from ${value} s after the fault takes effect`,
    phase: 'fault',
    regions: 'affected replicas',
  },
  isForLoad: false,
  needs: ['clock'],
  find: (cell, measured) => replicaReads(cell, measured, 'fault', (reads) => find(cell.claim.limitMs!, reads)),
};

/** The last second with a read from the replica contains the instant. A second that t0 or t1 divides counts in part. */
function find(limitMs: number, { fromMs, toMs, seconds: all }: ReplicaReads): Finding {
  const total = all.reduce((sum, second) => sum + second.all, 0);
  const inFault = all.filter(({ atMs }) => atMs >= fromMs && atMs + SECOND_MS <= toMs);
  if (inFault.length < MIN_SECONDS) return untested(`reads of only ${plural(inFault.length, 'second')} of the fault.`);
  const withReplica = inFault.filter(({ replica }) => replica > 0);
  const bad = withReplica.reduce((sum, { replica }) => sum + replica, 0);
  const limit = `the limit is ${seconds(limitMs)}`;
  const last = withReplica.at(-1);
  if (last === undefined) {
    const why = `No read was served by the replica once the fault was in effect; ${limit}.`;
    return { status: 'PASS', why, total, bad, fromMs: 0, toMs: 0 };
  }
  if (last === inFault.at(-1)) {
    const why = `Reads were still served by the replica when the fault cleared; ${limit}.`;
    return { status: 'FAIL', why, total, bad, fromMs: null, toMs: null };
  }
  const [low, high] = [last.atMs - fromMs, last.atMs + SECOND_MS - fromMs];
  const why = `The replica served its last read between ${seconds(low)} and ${seconds(high)} after the fault took effect; ${limit}.`;
  const status = high <= limitMs ? 'PASS' : low > limitMs ? 'FAIL' : 'INCONCLUSIVE';
  return { status, why, total, bad, fromMs: low, toMs: high };
}
