/**
 * Tenant availability: no tenant gets less than the target promises, however small it is among all. A share over
 * everybody hides a tenant of one percent whose every tenth request fails; here the worst tenant decides.
 */
import { count, percent, percentAsWritten, plural } from '../../src/formats/words.ts';
import type { RunPlan } from '../../src/formats/plan.ts';
import { lowerBound, upperBound } from '../../src/statistics/binomial.ts';
import { ALPHA } from '../../src/statistics/decision.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import type { TenantCount } from './measure.ts';

export const tenantAvailability: FindingKind = {
  counts: 'findings',
  evidence: 'share',
  one: 'request',
  wrong: 'failed',
  limit: {
    key: 'tenantBadShare',
    unit: 'share',
    describe: 'Of what people of any one tenant ask afterwards, those that may fail.',
    words: (value) => `at most ${percentAsWritten(value)} bad for any tenant afterwards`,
    title: (value) => `at most ${percentAsWritten(value)} of any tenant's requests fail`,
    phase: 'recovery',
    regions: 'all',
  },
  isForLoad: true,
  subjects: ['target'],
  needs: [],
  find: ({ claim, plan }, { figures }) =>
    find(claim.maxBadShare, figures.tenants.find(({ phase }) => phase === claim.phase)?.tenants ?? [], plan),
};

/**
 * FAIL where a tenant's lower bound is beyond the limit, at 95 % over all tenants together (Bonferroni). PASS where the
 * upper bound of each is within it; tenants of so few requests that not even a flawless one would pass are taken
 * together.
 */
function find(most: number, counts: TenantCount[], { tenants }: Pick<RunPlan, 'tenants'>): Finding {
  if (counts.length === 0) return untested('no request of a tenant was judged.');
  const alpha = ALPHA / counts.length;
  const lower = ({ bad, total, designEffect: deff }: TenantCount): number =>
    lowerBound(bad / deff, total / deff, alpha);
  const worst = counts.reduce((a, b) => (lower(b) > lower(a) ? b : a));
  const isSmall = ({ total }: TenantCount): boolean => upperBound(0, total, ALPHA) > most;
  const small = counts.filter(isSmall);
  const open = [...counts.filter((one) => !isSmall(one)), ...(small.length === 0 ? [] : [together(small)])].filter(
    ({ bad, total, designEffect: deff }) => upperBound(bad / deff, total / deff, ALPHA) > most,
  );
  const status = lower(worst) > most ? 'FAIL' : open.length === 0 ? 'PASS' : 'INCONCLUSIVE';
  const { tenant, bad, total } = worst;
  const seen = `${count(bad)} of ${count(total)} requests of ${tenants[tenant]!.id} failed (${percent(bad / total)}), the worst of ${plural(counts.length, 'tenant')}`;
  const pooled = small.length === 0 ? '' : `; ${plural(small.length, 'tenant')} of few requests are judged together`;
  return {
    status,
    why: `${seen}; at most ${percentAsWritten(most)} may${pooled}.`,
    total,
    bad,
    fromMs: null,
    valueMs: null,
  };
}

const together = (small: TenantCount[]): TenantCount => ({
  tenant: -1,
  total: small.reduce((sum, { total }) => sum + total, 0),
  bad: small.reduce((sum, { bad }) => sum + bad, 0),
  designEffect: Math.max(...small.map(({ designEffect }) => designEffect)),
});
