/**
 * Evacuation: people are elsewhere so long after somebody asked for it. Clients that follow names (`fresh`, `ttl`) are
 * looked at: a `sticky` one stays where its connection is until that breaks, and no decision about names reaches it.
 */
import { seconds } from '../../src/formats/words.ts';
import { type Asked, type Finding, type FindingKind, untested } from '../claim.ts';
import { LEAST_PER_SECOND } from '../measures/failover/figures.ts';
import { returning, sumOf } from '../measures/failover/findings.ts';
import type { EvacuationFigures, FaultFigures } from '../measures/failover/schema.ts';
import type { Measured } from '../measures/measured.ts';

export const evacuation: FindingKind = {
  counts: 'findings',
  evidence: 'time',
  subjects: ['region'],
  one: 'request',
  wrong: 'bad',
  limit: {
    key: 'evacuationSeconds',
    unit: 'seconds',
    describe: '99 % of what clients that follow names ask is answered elsewhere, from when `evacuate:` is asked for.',
    words: (value) => `elsewhere ${value} s after the evacuation is asked for`,
    title: (value) =>
      `99 % of what clients that follow names ask is answered elsewhere ${value} s after the evacuation is asked for`,
    phase: 'fault',
    regions: 'evacuated',
  },
  isForLoad: false,
  needs: ['clock'],
  find({ plan, subject, claim }: Asked, { figures }: Measured): Finding {
    const { evacuation: its, faults } = figures.failover;
    const { id } = plan.regions[subject]!;
    const there = its?.regions.find((one) => one.region === id);
    if (its === null || there === undefined) return untested('the experiment evacuates nothing here.');
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
  const limit = `at most ${seconds(limitMs)} allowed`;
  const of = faults.flatMap((fault) => fault.regions.filter((one) => one.region === region));
  const valueMs = ok ? t99Ms : null;
  const seen = { fromMs: valueMs, valueMs, ...sumOf(of.flatMap(returning)) };
  if (askedMs === null) return untested(`the evacuation (${title}) was never asked for.`);
  if (ok === null) return untested(`nobody knows what became of the evacuation (${title}).`);
  if (!ok) {
    const why = `The evacuation (${title}) failed after ${seconds(tookMs ?? 0)}: ${message}.`;
    return { status: 'FAIL', why, ...seen };
  }
  if (!of.some(({ timedAfter }) => timedAfter)) {
    const why = `clients at home in ${region} that follow names sent fewer than ${LEAST_PER_SECOND} requests a second.`;
    return { ...untested(why), ...seen };
  }
  if (t99Ms !== null) {
    const why = `99 % of what clients ask was answered elsewhere ${seconds(t99Ms)} after the evacuation was asked for; ${limit}.`;
    return { status: t99Ms <= limitMs ? 'PASS' : 'FAIL', why, ...seen };
  }
  const never = `99 % of what clients ask was not answered elsewhere in the ${seconds(watchedMs)} from the evacuation on that were watched`;
  return watchedMs < limitMs
    ? { status: 'INCONCLUSIVE', why: `${never}; ${limit}, so nothing is decided.`, ...seen }
    : { status: 'FAIL', why: `${never}; ${limit}.`, ...seen };
}
