/** What a fault may cost the people of a hurt region while it lasts: the share of their requests that fails. */
import { count, percent, percentAsWritten } from '../../src/formats/words.ts';
import { shareStatus } from '../../src/statistics/share-status.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import { worstOfFaults } from '../measures/failover/findings.ts';
import type { RegionFailover } from '../measures/failover/schema.ts';

export const duringBadShare: FindingKind = {
  counts: 'findings',
  evidence: 'share',
  subjects: ['region'],
  one: 'request',
  wrong: 'failed',
  limit: {
    key: 'badShare',
    unit: 'share',
    describe: 'Of what clients of the hurt regions ask while it lasts.',
    words: (value) => `at most ${percentAsWritten(value)} bad while it lasts`,
    title: (value) => `at most ${percentAsWritten(value)} of what people at home here ask fails while the fault lasts`,
    phase: 'fault',
    regions: 'hurt',
  },
  isForLoad: false,
  needs: [],
  find: (asked, measured) => worstOfFaults(asked, measured, (figures) => find(asked.claim.maxBadShare, figures)),
};

function find(most: number, { region, requests: total, bad }: RegionFailover): Finding {
  if (total === 0) return { ...untested(`nobody at home in ${region} sent one.`), total, bad };
  const why = `${count(bad)} of ${count(total)} failed while the fault lasted (${percent(bad / total)}); at most ${percentAsWritten(most)} may.`;
  return { status: shareStatus(bad, total, most), why, total, bad, fromMs: null, valueMs: null };
}
