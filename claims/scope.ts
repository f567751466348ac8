/** Which requests a claim is about: one predicate for the planner, the judge, the live view and the guard. */
import type { PlanClaim, PlanOperation, RunPlan } from '../src/formats/plan.ts';
import type { ClientRole } from '../src/formats/timetable.ts';
import { CLAIMS } from './index.ts';
import { ROLES } from './roles.ts';
import { SUBJECTS } from './subjects.ts';
import type { RequestKind } from './claim.ts';

/** The kind of a claim that counts requests; null for one whose kind looks at what was measured. */
export function requestKind({ kind }: Pick<PlanClaim, 'kind'>): RequestKind | null {
  const its = CLAIMS[kind];
  return its.counts === 'requests' ? its : null;
}

/** Whether a request of this role and operation counts for the claim, in the claim's phase. */
export function counts(
  claim: PlanClaim,
  role: ClientRole,
  operation: PlanOperation,
  operations: readonly PlanOperation[],
): boolean {
  const kind = requestKind(claim);
  if (kind === null || !claim.classes.includes(operation.class) || !kind.takes(operation, operations)) return false;
  if (claim.vantage !== 'region' && ROLES[role].isPeople) return true;
  return claim.vantage !== 'client' && (role === 'probe' || kind.alsoRoles.includes(role));
}

/**
 * The subject that a request counts for, as an index. It comes from `origin` with that home region;
 * `asked` is the region that was asked, or none of `regions` if it got not so far. The edge is nobody's region: what it
 * answers counts at home.
 */
export function subjectOf(
  claim: PlanClaim,
  { via }: PlanOperation,
  { origin, home }: { origin: number; home: number },
  asked: number,
  regions: number,
): number {
  if (claim.per === 'origin') return origin;
  if (claim.per === 'target') return 0;
  return via === 'edge' || requestKind(claim)!.countsFor === 'home' || asked >= regions ? home : asked;
}

/** What a claim is judged for, as indices. */
export function subjectsOf(scene: Pick<RunPlan, 'regions' | 'origins'>, claim: PlanClaim): number[] {
  const kind = requestKind(claim);
  const isFit = (subject: number): boolean =>
    kind === null || claim.per !== 'region' || kind.appliesTo(scene.regions[subject]!);
  return SUBJECTS[claim.per]
    .applies(scene)
    .flatMap((isIt, i) => (isIt && isFit(i) && (claim.only?.includes(i) ?? true) ? [i] : []));
}
