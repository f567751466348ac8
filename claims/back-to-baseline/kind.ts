/** Back to baseline: how long after the fault clears errors and latency are back to baseline. */
import type { FindingKind } from '../claim.ts';
import { judgeAfterFault } from '../measures/failover/after-heal.ts';
import { worstAfterFaults } from '../measures/failover/findings.ts';

export const backToBaseline: FindingKind = {
  judges: 'figures',
  evidence: 'time',
  subjects: ['region'],
  item: 'request',
  badName: 'bad',
  limit: {
    key: 'recoverySeconds',
    unit: 'seconds',
    describe: 'Maximum time after t1 until errors and latency are back to baseline.',
    words: (value) => `back to baseline ${value} s`,
    title: (value) => `errors and latency are back to baseline within ${value} s of the fault clearing`,
    phase: 'recovery',
    regions: 'affected',
  },
  isForLoad: false,
  needs: [],
  needsClockIfFew: true,
  find: (cell, measured) =>
    worstAfterFaults(cell, measured, (f) => judgeAfterFault(cell.claim.limitMs!, f, f.recoveryMs, 'back to baseline')),
};
