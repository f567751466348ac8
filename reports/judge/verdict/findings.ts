/** Verdicts on claims that evaluate what was measured: one cell per claim and subject. */
import { CLAIMS } from '../../../claims/index.ts';
import { subjectsOf } from '../../../claims/scope.ts';
import type { Finding, FindingKind } from '../../../claims/claim.ts';
import type { Measured } from '../../../claims/measures/measured.ts';
import type { PlanClaim, RunPlan } from '../../../src/formats/plan.ts';
import { list } from '../../../src/formats/words.ts';
import { lowerBound, upperBound } from '../../../src/statistics/binomial.ts';
import { ALPHA } from '../../../src/statistics/decision.ts';
import type { CellVerdict } from '../../run-result.ts';
import { type RegionalCheck, invalidates } from '../validity/check.ts';
import { SUBJECTS } from '../../../claims/subjects.ts';

/** Cells in the order of the plan's claims, then of its subjects. */
export function findingCells(plan: RunPlan, measured: Measured, checks: RegionalCheck[]): CellVerdict[] {
  return plan.claims.flatMap((claim) => {
    const kind = CLAIMS[claim.kind];
    if (kind.judges !== 'figures') return [];
    return subjectsOf(plan, claim).map((subject) => {
      const finding = kind.find({ plan, claim, subject }, measured);
      return invalidated(cellOf(plan, claim, kind, subject, finding), SUBJECTS[claim.per].home(plan, subject), checks);
    });
  });
}

function cellOf(plan: RunPlan, claim: PlanClaim, kind: FindingKind, subject: number, finding: Finding): CellVerdict {
  const { status, why, total, bad, fromMs, toMs: valueMs } = finding;
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

/** INVALID if a failed check affects the region, unless the cell is a violation that stands anyway. */
function invalidated(cell: CellVerdict, home: number | null, checks: RegionalCheck[]): CellVerdict {
  const failing = checks.filter((c) => invalidates(c, home));
  if (failing.length === 0 || isViolated(cell, checks)) return cell;
  const why = `The run is invalid (${list(failing.map((c) => c.id))}). Otherwise it would be ${cell.status}: ${cell.why}`;
  return { ...cell, status: 'INVALID', why };
}

/** If one of these fails, nothing in the recording can be trusted. */
const ESSENTIAL: string[] = ['seal', 'conservation'];

/**
 * Whether a FAIL stands although the run is invalid. A busy generator invalidates times, but a lost acknowledged write
 * stays lost (DESIGN section 10).
 */
export const isViolated = (
  { evidence, status }: Pick<CellVerdict, 'evidence' | 'status'>,
  checks: Pick<RegionalCheck, 'id' | 'ok'>[],
): boolean => evidence === 'count' && status === 'FAIL' && checks.every(({ id, ok }) => ok || !ESSENTIAL.includes(id));
