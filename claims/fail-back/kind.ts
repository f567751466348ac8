/** Fail-back: clients are served at home again, as before the fault, so long after the heal. */
import { type FindingKind, untested } from '../claim.ts';
import { afterHeal } from '../measures/failover/after-heal.ts';
import { returning, sumOf, worstAfterHeals } from '../measures/failover/findings.ts';

const AT_HOME = 'at home again';

export const failBack: FindingKind = {
  counts: 'findings',
  evidence: 'time',
  subjects: ['region'],
  one: 'request',
  wrong: 'bad',
  limit: {
    key: 'failBackSeconds',
    unit: 'seconds',
    describe: 'They are at home again, from the heal.',
    words: (value) => `fail-back ${value} s`,
    title: (value) => `and at home again ${value} s after the heal`,
    phase: 'recovery',
    regions: 'hurt',
  },
  isForLoad: false,
  needs: ['clock'],
  find: (asked, measured) =>
    worstAfterHeals(asked, measured, (f) => {
      if (f.timedAfter && f.hasBaseline && !f.namesRegions) {
        const why = `before the fault no answer said that ${f.region} had served it, so nobody can tell when clients are ${AT_HOME}.`;
        return { ...untested(why), fromMs: f.failBackMs, valueMs: f.failBackMs, ...sumOf(returning(f)) };
      }
      return afterHeal(asked.claim.limitMs!, f, f.failBackMs, AT_HOME);
    }),
};
