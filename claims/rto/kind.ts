/** RTO: how long after the fault takes effect clients of a lost region are served again, by any region. */
import { list, seconds } from '../../src/formats/words.ts';
import type { FindingKind, Finding } from '../claim.ts';
import { sumOf, tooFew, worstOfFaults } from '../measures/failover/findings.ts';
import type { RegionFailover } from '../measures/failover/schema.ts';

export const rto: FindingKind = {
  judges: 'figures',
  evidence: 'time',
  subjects: ['region'],
  item: 'request',
  badName: 'bad',
  limit: {
    key: 'rtoSeconds',
    unit: 'seconds',
    describe: 'Maximum time after t0 until clients of a lost region are served again.',
    words: (value) => `RTO ${value} s`,
    title: (value) => `clients are served again within ${value} s of the fault taking effect`,
    phase: 'fault',
    regions: 'affected',
  },
  isForLoad: false,
  needs: ['clock'],
  find: (cell, measured) => worstOfFaults(cell, measured, (figures) => find(cell.claim.limitMs!, figures)),
};

/** PASS if the whole interval is within the limit, FAIL if all of it is beyond it or clients did not recover. */
function find(limitMs: number, f: RegionFailover): Finding {
  const measured = sumOf(f.cohorts.filter((cohort) => cohort.timed && cohort.cohort !== 'writes'));
  const seen = { fromMs: f.rtoFromMs, toMs: f.rtoToMs, ...measured };
  if (!f.timed) return { status: 'INCONCLUSIVE', why: tooFew(f), ...seen };
  const { unmeasuredCohorts, excludedCohorts } = f;
  const unmeasured = unmeasuredCohorts.length === 0 ? '' : ` Too few requests to measure ${list(unmeasuredCohorts)}.`;
  const limit = `the limit is ${seconds(limitMs)}`;
  if (f.rtoFromMs === null || f.rtoToMs === null) {
    const who = f.cohorts
      .filter((c) => c.timed && c.rtoToMs === null && !excludedCohorts.includes(c.cohort))
      .map((c) => c.cohort);
    const why = `Clients (${list(who)}) were not served again before the fault cleared; ${limit}.${unmeasured}`;
    return { status: 'FAIL', why, ...seen };
  }
  const found =
    f.rtoToMs === 0
      ? 'No one-second window was bad, so there was nothing to recover from'
      : `Clients were served again between ${seconds(f.rtoFromMs)} and ${seconds(f.rtoToMs)} after the fault took effect`;
  const status = f.rtoToMs <= limitMs ? 'PASS' : f.rtoFromMs > limitMs ? 'FAIL' : 'INCONCLUSIVE';
  return { status, why: `${found}; ${limit}.${unmeasured}`, ...seen };
}
