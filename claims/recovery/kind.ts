/** Recovery to the steady state: errors and latency are as before the fault, so long after the heal. */
import type { FindingKind } from '../claim.ts';
import { afterHeal } from '../measures/failover/after-heal.ts';
import { worstAfterHeals } from '../measures/failover/findings.ts';

export const recovery: FindingKind = {
  counts: 'findings',
  evidence: 'time',
  subjects: ['region'],
  one: 'request',
  wrong: 'bad',
  limit: {
    key: 'recoverySeconds',
    unit: 'seconds',
    describe: 'Errors and latency are as before, from the heal.',
    words: (value) => `as before ${value} s after the heal`,
    title: (value) => `errors and latency as before ${value} s after the heal`,
    phase: 'recovery',
    regions: 'hurt',
  },
  isForLoad: false,
  needs: [],
  find: (asked, measured) =>
    worstAfterHeals(asked, measured, (f) => afterHeal(asked.claim.limitMs!, f, f.recoveryMs, 'as before')),
};
