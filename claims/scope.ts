/** Which requests a claim is about: one predicate for the planner, the judge, the live view and the guard. */
import type { PlanClaim, PlanOperation } from '../src/formats/plan.ts';
import type { ClientRole } from '../src/formats/timetable.ts';
import { CLAIMS } from './index.ts';
import { ROLES } from './roles.ts';
import { type Asking, type SubjectScene, SUBJECTS } from './subjects.ts';
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
 * The subject that a request counts for, as an index; -1 for none. `asked` is the region that was asked, or none of the
 * plan's if it got not so far. The edge is nobody's region: what it answers counts at home.
 */
export function subjectOf(
  scene: SubjectScene,
  claim: PlanClaim,
  operation: PlanOperation,
  asking: Asking,
  asked: number,
): number {
  const countsAtHome =
    operation.via === 'edge' || requestKind(claim)!.countsFor === 'home' || asked >= scene.regions.length;
  return SUBJECTS[claim.per].of(scene, asking, operation, countsAtHome ? asking.home : asked);
}

/** What a claim is judged for, as indices. */
export function subjectsOf(scene: SubjectScene, claim: PlanClaim): number[] {
  const kind = requestKind(claim);
  const isFit = (subject: number): boolean =>
    kind === null || claim.per !== 'region' || kind.appliesTo(scene.regions[subject]!);
  return SUBJECTS[claim.per]
    .applies(scene)
    .flatMap((isIt, i) => (isIt && isFit(i) && (claim.only?.includes(i) ?? true) ? [i] : []));
}
