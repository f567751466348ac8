/** The share of requests from users of an affected region that fails during the fault. */
import { count, percent, percentAsWritten, plural } from '../../src/formats/words.ts';
import { shareStatus } from '../../src/statistics/share-status.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import { worstOfFaults } from '../measures/failover/findings.ts';
import type { RegionFailover } from '../measures/failover/schema.ts';

export const duringBadShare: FindingKind = {
  judges: 'figures',
  evidence: 'share',
  subjects: ['region'],
  item: 'request',
  badName: 'failed',
  isBadShareShown: true,
  limit: {
    key: 'badShare',
    unit: 'share',
    describe: 'Maximum share of failed requests from users of the affected regions during the fault.',
    words: (value) => `at most ${percentAsWritten(value)} failed during the fault`,
    title: (value) => `at most ${percentAsWritten(value)} of requests from users of this region fail during the fault`,
    phase: 'fault',
    regions: 'affected',
  },
  isForLoad: false,
  needs: [],
  find: (cell, measured) => worstOfFaults(cell, measured, (figures) => find(cell.claim.maxBadShare, figures)),
};

function find(maxShare: number, { region, requests: total, bad }: RegionFailover): Finding {
  if (total === 0) return { ...untested(`no user of ${region} sent a request during the fault.`), total, bad };
  const why = `${count(bad)} of ${plural(total, 'request')} failed during the fault (${percent(bad / total)}); the limit is ${percentAsWritten(maxShare)}.`;
  return { status: shareStatus(bad, total, maxShare), why, total, bad, fromMs: null, toMs: null };
}
