/**
 * Evacuation: how long after the request users are served elsewhere. Only clients that follow DNS (`fresh`, `ttl`)
 * count: a `sticky` client keeps its connection until it breaks, so a change of DNS does not move it.
 */
import { seconds } from '../../src/formats/words.ts';
import { type ClaimCell, type Finding, type FindingKind, untested } from '../claim.ts';
import { MIN_PER_SECOND } from '../measures/failover/figures.ts';
import { returning, sumOf } from '../measures/failover/findings.ts';
import type { EvacuationFigures, FaultFigures } from '../measures/failover/schema.ts';
import type { Measured } from '../measures/measured.ts';

export const evacuation: FindingKind = {
  judges: 'figures',
  evidence: 'time',
  subjects: ['region'],
  item: 'request',
  badName: 'bad',
  limit: {
    key: 'evacuationSeconds',
    unit: 'seconds',
    describe:
      'Maximum time after the `evacuate:` request until 99 % of the requests of `fresh` and `ttl` clients are served elsewhere.',
    words: (value) => `evacuation ${value} s`,
    title: (value) =>
      `99 % of the requests of fresh and ttl clients are served elsewhere within ${value} s of the evacuation request`,
    phase: 'fault',
    regions: 'evacuated',
  },
  isForLoad: false,
  needs: ['clock'],
  find({ plan, subject, claim }: ClaimCell, { figures }: Measured): Finding {
    const { evacuation: its, faults } = figures.failover;
    const { id } = plan.regions[subject]!;
    const there = its?.regions.find((one) => one.region === id);
    if (its === null || there === undefined) return untested('the experiment does not evacuate this region.');
    return find(claim.limitMs!, its, faults, id, there.t99Ms);
  },
};

function find(
  limitMs: number,
  { title, askedMs, ok, tookMs, message, watchedMs }: EvacuationFigures,
  faults: FaultFigures[],
  region: string,
  t99Ms: number | null,
): Finding {
  const limit = `the limit is ${seconds(limitMs)}`;
  const of = faults.flatMap((fault) => fault.regions.filter((one) => one.region === region));
  const toMs = ok ? t99Ms : null;
  const seen = { fromMs: toMs, toMs, ...sumOf(of.flatMap(returning)) };
  if (askedMs === null) return untested(`the evacuation (${title}) was never requested.`);
  if (ok === null) return untested(`the outcome of the evacuation (${title}) is unknown.`);
  if (!ok) {
    const why = `The evacuation (${title}) failed after ${seconds(tookMs ?? 0)}: ${message}.`;
    return { status: 'FAIL', why, ...seen };
  }
  if (!of.some(({ timedAfter }) => timedAfter)) {
    const why = `fresh and ttl clients of ${region} sent fewer than ${MIN_PER_SECOND} requests a second.`;
    return { ...untested(why), ...seen };
  }
  if (t99Ms !== null) {
    const why = `99 % of requests were served elsewhere ${seconds(t99Ms)} after the evacuation request; ${limit}.`;
    return { status: t99Ms <= limitMs ? 'PASS' : 'FAIL', why, ...seen };
  }
  const never = `99 % of requests were not served elsewhere within the ${seconds(watchedMs)} observed after the evacuation request`;
  return watchedMs < limitMs
    ? { status: 'INCONCLUSIVE', why: `${never}; ${limit}, so this is undecided.`, ...seen }
    : { status: 'FAIL', why: `${never}; ${limit}.`, ...seen };
}
