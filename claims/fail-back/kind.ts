/** Fail-back: how long after the fault clears clients are served by their home region again, as before the fault. */
import { type FindingKind, untested } from '../claim.ts';
import { judgeAfterFault } from '../measures/failover/after-heal.ts';
import { returning, sumOf, worstAfterFaults } from '../measures/failover/findings.ts';

const AT_HOME = 'back in their home region';

export const failBack: FindingKind = {
  judges: 'figures',
  evidence: 'time',
  subjects: ['region'],
  item: 'request',
  badName: 'bad',
  limit: {
    key: 'failBackSeconds',
    unit: 'seconds',
    describe: 'Maximum time after t1 until clients are served by their home region again.',
    words: (value) => `fail-back ${value} s`,
    title: (value) => `clients are back in their home region within ${value} s of the fault clearing`,
    phase: 'recovery',
    regions: 'affected',
  },
  isForLoad: false,
  needs: ['clock'],
  find: (cell, measured) =>
    worstAfterFaults(cell, measured, (f) => {
      if (f.timedAfter && f.hasBaseline && !f.namesRegions) {
        const why = `before the fault no response named ${f.region} as its region, so fail-back cannot be measured.`;
        return { ...untested(why), fromMs: f.failBackMs, toMs: f.failBackMs, ...sumOf(returning(f)) };
      }
      return judgeAfterFault(cell.claim.limitMs!, f, f.failBackMs, AT_HOME);
    }),
};
