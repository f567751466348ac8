/** Which requests a claim counts: one predicate for the planner, the judge, the live view and the guard. */
import type { PlanClaim, PlanOperation } from '../src/formats/plan.ts';
import type { ClientRole } from '../src/formats/timetable.ts';
import { CLAIMS } from './index.ts';
import { ROLES } from './roles.ts';
import { type RecordedRequest, type SubjectScene, SUBJECTS } from './subjects.ts';
import type { RequestKind } from './claim.ts';

/** The kind of a claim that counts requests; null for one that evaluates what was measured. */
export function requestKind({ kind }: Pick<PlanClaim, 'kind'>): RequestKind | null {
  const its = CLAIMS[kind];
  return its.judges === 'requests' ? its : null;
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
  if (claim.vantage !== 'region' && ROLES[role].isUser) return true;
  return claim.vantage !== 'client' && (role === 'probe' || kind.alsoRoles.includes(role));
}

/**
 * Index of the subject that a request counts for; -1 for none. `requested` is the region it was sent to; a number
 * beyond the plan's regions if it was never sent. The edge has no region: its responses count at home.
 */
export function subjectOf(
  scene: SubjectScene,
  claim: PlanClaim,
  operation: PlanOperation,
  asking: RecordedRequest,
  requested: number,
): number {
  const countsAtHome =
    operation.via === 'edge' || requestKind(claim)!.countsFor === 'home' || requested >= scene.regions.length;
  return SUBJECTS[claim.per].of(scene, asking, operation, countsAtHome ? asking.home : requested);
}

/** Indices of the subjects that a claim is judged for. */
export function subjectsOf(scene: SubjectScene, claim: PlanClaim): number[] {
  const kind = requestKind(claim);
  const isFit = (subject: number): boolean =>
    kind === null || claim.per !== 'region' || kind.appliesTo(scene.regions[subject]!);
  return SUBJECTS[claim.per]
    .applies(scene)
    .flatMap((isIt, i) => (isIt && isFit(i) && (claim.only?.includes(i) ?? true) ? [i] : []));
}
