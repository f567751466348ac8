/**
 * Tenant availability: the worst tenant decides, however small it is. An overall share hides a tenant with 1 % of the
 * traffic whose every tenth request fails.
 */
import { count, percent, percentAsWritten, plural } from '../../src/formats/words.ts';
import type { RunPlan } from '../../src/formats/plan.ts';
import { lowerBound, upperBound } from '../../src/statistics/binomial.ts';
import { ALPHA } from '../../src/statistics/decision.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import type { TenantCount } from './measure.ts';

export const tenantAvailability: FindingKind = {
  judges: 'figures',
  evidence: 'share',
  item: 'request',
  badName: 'failed',
  limit: {
    key: 'tenantBadShare',
    unit: 'share',
    describe: 'Maximum share of failed user requests of any one tenant after the fault.',
    words: (value) => `at most ${percentAsWritten(value)} failed for any tenant after the fault`,
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
 * FAIL if a tenant's lower bound is beyond the limit, at 95 % over all tenants (Bonferroni). PASS if every upper bound
 * is within it. Tenants with so few requests that they could not pass even without a failure are pooled.
 */
function find(maxShare: number, counts: TenantCount[], { tenants }: Pick<RunPlan, 'tenants'>): Finding {
  if (counts.length === 0) return untested('no request of a tenant was judged.');
  const alpha = ALPHA / counts.length;
  const lower = ({ bad, total, designEffect: deff }: TenantCount): number =>
    lowerBound(bad / deff, total / deff, alpha);
  const worst = counts.reduce((a, b) => (lower(b) > lower(a) ? b : a));
  const isSmall = ({ total }: TenantCount): boolean => upperBound(0, total, ALPHA) > maxShare;
  const small = counts.filter(isSmall);
  const open = [...counts.filter((one) => !isSmall(one)), ...(small.length === 0 ? [] : [together(small)])].filter(
    ({ bad, total, designEffect: deff }) => upperBound(bad / deff, total / deff, ALPHA) > maxShare,
  );
  const status = lower(worst) > maxShare ? 'FAIL' : open.length === 0 ? 'PASS' : 'INCONCLUSIVE';
  const { tenant, bad, total } = worst;
  const seen = `${count(bad)} of ${count(total)} requests of ${tenants[tenant]!.id} failed (${percent(bad / total)}), the worst of ${plural(counts.length, 'tenant')}`;
  const pooled = small.length === 0 ? '' : ` ${plural(small.length, 'tenant')} with few requests were judged together.`;
  return {
    status,
    why: `${seen}; the limit is ${percentAsWritten(maxShare)}.${pooled}`,
    total,
    bad,
    fromMs: null,
    toMs: null,
  };
}

const together = (small: TenantCount[]): TenantCount => ({
  tenant: -1,
  total: small.reduce((sum, { total }) => sum + total, 0),
  bad: small.reduce((sum, { bad }) => sum + bad, 0),
  designEffect: Math.max(...small.map(({ designEffect }) => designEffect)),
});
