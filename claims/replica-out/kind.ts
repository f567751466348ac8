/** Replica out: how long after the fault takes effect the region's replica serves its last read. */
import { plural, seconds } from '../../src/formats/words.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import { type ReplicaReads, replicaReads } from '../measures/data-sources/switching.ts';

const SECOND_MS = 1000;
/** Minimum number of whole seconds of the fault with reads; with fewer the claim is not tested. */
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
    describe: 'Maximum time after the fault takes effect (t0) until the replica serves no more reads.',
    words: (value) => `replica serves no reads after ${value} s`,
    title: (value) => `no read is served by the replica from ${value} s after the fault takes effect`,
    phase: 'fault',
    regions: 'affected replicas',
  },
  isForLoad: false,
  needs: ['clock'],
  find: (cell, measured) => replicaReads(cell, measured, 'fault', (reads) => find(cell.claim.limitMs!, reads)),
};

/**
 * The replica's last read lies within the last second that has one, which gives the two bounds. Only whole seconds
 * between t0 (`fromMs`) and t1 (`toMs`) are judged.
 */
function find(limitMs: number, { fromMs, toMs, seconds: all }: ReplicaReads): Finding {
  const inFault = all.filter(({ atMs }) => atMs >= fromMs && atMs + SECOND_MS <= toMs);
  if (inFault.length < MIN_SECONDS)
    return untested(`only ${plural(inFault.length, 'whole second')} of the fault had reads.`);
  const total = inFault.reduce((sum, second) => sum + second.all, 0);
  const withReplica = inFault.filter(({ replica }) => replica > 0);
  const bad = withReplica.reduce((sum, { replica }) => sum + replica, 0);
  const limit = `the limit is ${seconds(limitMs)}`;
  const last = withReplica.at(-1);
  if (last === undefined) {
    const firstMs = inFault[0]!.atMs - fromMs;
    const why = `No read was served by the replica in any whole second of the fault; ${limit}.`;
    return { status: firstMs <= limitMs ? 'PASS' : 'INCONCLUSIVE', why, total, bad, fromMs: 0, toMs: firstMs };
  }
  if (last === inFault.at(-1)) {
    const why = `The replica still served reads in the last whole second before the fault cleared; ${limit}.`;
    return { status: toMs - fromMs > limitMs ? 'FAIL' : 'INCONCLUSIVE', why, total, bad, fromMs: null, toMs: null };
  }
  const [low, high] = [last.atMs - fromMs, last.atMs + SECOND_MS - fromMs];
  const why = `The replica served its last read between ${seconds(low)} and ${seconds(high)} after the fault took effect; ${limit}.`;
  const status = high <= limitMs ? 'PASS' : low > limitMs ? 'FAIL' : 'INCONCLUSIVE';
  return { status, why, total, bad, fromMs: low, toMs: high };
}
