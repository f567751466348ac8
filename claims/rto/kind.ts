/** Recovery time: clients of a lost region are served again, wherever, so long after the bite. */
import { list, seconds } from '../../src/formats/words.ts';
import type { FindingKind, Finding } from '../claim.ts';
import { sumOf, tooFew, worstOfFaults } from '../measures/failover/findings.ts';
import type { RegionFailover } from '../measures/failover/schema.ts';

export const rto: FindingKind = {
  counts: 'findings',
  evidence: 'time',
  subjects: ['region'],
  one: 'request',
  wrong: 'bad',
  limit: {
    key: 'rtoSeconds',
    unit: 'seconds',
    describe: 'Clients of a lost region are served elsewhere, from the bite.',
    words: (value) => `recovery time ${value} s`,
    title: (value) => `clients are served again ${value} s after the bite`,
    phase: 'fault',
    regions: 'hurt',
  },
  isForLoad: false,
  needs: ['clock'],
  find: (asked, measured) => worstOfFaults(asked, measured, (figures) => find(asked.claim.limitMs!, figures)),
};

/** PASS when the whole interval is within the limit, FAIL when all of it is beyond, or it never came. */
function find(limitMs: number, f: RegionFailover): Finding {
  const looked = sumOf(f.cohorts.filter((cohort) => cohort.timed && cohort.cohort !== 'writes'));
  const seen = { fromMs: f.rtoFromMs, valueMs: f.rtoToMs, ...looked };
  if (!f.timed) return { status: 'INCONCLUSIVE', why: tooFew(f), ...seen };
  const untimed = f.untimed.length === 0 ? '' : ` Too few requests to time ${list(f.untimed)}.`;
  const limit = `at most ${seconds(limitMs)} allowed`;
  if (f.rtoFromMs === null || f.rtoToMs === null) {
    const who = f.cohorts
      .filter((c) => c.timed && c.rtoToMs === null && !f.apart.includes(c.cohort))
      .map((c) => c.cohort);
    const why = `Clients (${list(who)}) were not served again before the fault was undone; ${limit}.${untimed}`;
    return { status: 'FAIL', why, ...seen };
  }
  const found =
    f.rtoToMs === 0
      ? 'No second was bad, so there was nothing to recover from'
      : `Served again between ${seconds(f.rtoFromMs)} and ${seconds(f.rtoToMs)} after the bite`;
  const status = f.rtoToMs <= limitMs ? 'PASS' : f.rtoFromMs > limitMs ? 'FAIL' : 'INCONCLUSIVE';
  return { status, why: `${found}; ${limit}.${untimed}`, ...seen };
}
