/** Verdicts on claims whose kinds look at what was measured: one cell per claim and subject. */
import { CLAIMS } from '../../../claims/index.ts';
import { subjectsOf } from '../../../claims/scope.ts';
import type { Finding, FindingKind } from '../../../claims/claim.ts';
import type { Measured } from '../../../claims/measures/measured.ts';
import type { PlanClaim, RunPlan } from '../../../src/formats/plan.ts';
import { list } from '../../../src/formats/words.ts';
import { lowerBound, upperBound } from '../../../src/statistics/binomial.ts';
import { ALPHA } from '../../../src/statistics/decision.ts';
import type { CellVerdict } from '../../run-result.ts';
import { type SpoilingCheck, spoils } from '../validity/check.ts';
import { SUBJECTS } from '../../../claims/subjects.ts';

/** Cells in the order of the plan's claims, then of its subjects. */
export function findingCells(plan: RunPlan, measured: Measured, checks: SpoilingCheck[]): CellVerdict[] {
  return plan.claims.flatMap((claim) => {
    const kind = CLAIMS[claim.kind];
    if (kind.counts !== 'findings') return [];
    return subjectsOf(plan, claim).map((subject) => {
      const finding = kind.find({ plan, claim, subject }, measured);
      return spoilt(cellOf(plan, claim, kind, subject, finding), SUBJECTS[claim.per].home(plan, subject), checks);
    });
  });
}

function cellOf(plan: RunPlan, claim: PlanClaim, kind: FindingKind, subject: number, finding: Finding): CellVerdict {
  const { status, why, total, bad, fromMs, valueMs } = finding;
  const base = {
    claim: claim.id,
    kind: claim.kind,
    subject: SUBJECTS[claim.per].ids(plan)[subject]!,
    gating: claim.gating,
    status,
    why,
    total,
    bad,
    limitMs: claim.limitMs,
    requestsLacking: status === 'INCONCLUSIVE' ? null : 0,
  };
  const isBare = total === 0;
  const upperShare = isBare ? null : upperBound(bad, total, ALPHA);
  if (kind.evidence === 'time') return { evidence: 'time', ...base, fromMs, valueMs };
  if (kind.evidence === 'count') return { evidence: 'count', ...base, maxCount: claim.maxCount ?? 0, upperShare };
  return {
    evidence: 'share',
    ...base,
    floorMs: null,
    maxBadShare: claim.maxBadShare,
    badShare: isBare ? null : bad / total,
    lowerShare: isBare ? null : lowerBound(bad, total, ALPHA),
    upperShare,
    designEffect: 1,
    valueMs,
  };
}

/** INVALID where a check failed that spoils the region's figures, unless something is violated for good. */
function spoilt(cell: CellVerdict, home: number | null, checks: SpoilingCheck[]): CellVerdict {
  const failing = checks.filter((c) => spoils(c, home));
  if (failing.length === 0 || isViolated(cell, checks)) return cell;
  const why = `The run does not count (${list(failing.map((c) => c.id))}). It would read ${cell.status}: ${cell.why}`;
  return { ...cell, status: 'INVALID', why };
}

/** Without these nothing that was recorded can be believed, not even what must never happen. */
const ESSENTIAL: string[] = ['seal', 'conservation'];

/**
 * Whether a FAIL of something that must never happen stands although the run does not count: a busy generator makes
 * times worthless, and an acknowledged write that is gone is gone (DESIGN section 10).
 */
export const isViolated = (
  { evidence, status }: Pick<CellVerdict, 'evidence' | 'status'>,
  checks: Pick<SpoilingCheck, 'id' | 'ok'>[],
): boolean => evidence === 'count' && status === 'FAIL' && checks.every(({ id, ok }) => ok || !ESSENTIAL.includes(id));
