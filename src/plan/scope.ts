/** Which planned requests a cell is about. */
import { counts, requestKind, subjectOf } from '../../claims/scope.ts';
import type { PlanClaim, PlanStream, RunPlan } from '../formats/plan.ts';
import { requestsOf } from './operations.ts';

/** The part of a plan that scopes are about. */
export type Scene = Pick<RunPlan, 'regions' | 'origins' | 'operations' | 'phases'>;

/** Whether a stream sends requests that surely count for the cell, and they are judged. */
export function inScope(scene: Scene, stream: PlanStream, claim: PlanClaim, subject: number): boolean {
  const { judged, name } = scene.phases[stream.phase]!;
  if (!judged || name !== claim.phase) return false;
  const plannedBy = requestKind(claim)!.plannedBy;
  if (plannedBy !== null && !plannedBy.includes(stream.role)) return false;
  const { homeRegion: home } = scene.origins[stream.origin]!;
  const origin = { origin: stream.origin, home };
  const itsOperations = [...stream.requests.keys()].filter((operation) => stream.requests[operation]! > 0);
  return itsOperations.some((operation) =>
    requestsOf(scene.operations, operation).some(
      (request) =>
        counts(claim, stream.role, request, scene.operations) &&
        subjectOf(claim, request, origin, home, scene.regions.length) === subject,
    ),
  );
}

/** Requests that one row of an operation adds to a cell of the claim, sent by this role. */
export const requestsForClaim = (
  { operations }: Pick<Scene, 'operations'>,
  operation: number,
  claim: PlanClaim,
  role: PlanStream['role'],
): number => requestsOf(operations, operation).filter((request) => counts(claim, role, request, operations)).length;

/** Requests that the streams hold for a cell in judged phases. */
export function plannedRequests(scene: Scene, streams: PlanStream[], claim: PlanClaim, subject: number): number {
  let sum = 0;
  for (const stream of streams) {
    if (!inScope(scene, stream, claim, subject)) continue;
    for (const [operation, rows] of stream.requests.entries()) {
      if (rows > 0) sum += rows * requestsForClaim(scene, operation, claim, stream.role);
    }
  }
  return sum;
}

export const streamRows = (stream: PlanStream): number => stream.requests.reduce((a, b) => a + b, 0);

/** Milliseconds of judged load; with a name, of those phases alone. */
export const judgedMs = (phases: RunPlan['phases'], name?: RunPlan['phases'][number]['name']): number =>
  phases.reduce(
    (sum, phase) => sum + (phase.judged && (name ?? phase.name) === phase.name ? phase.toMs - phase.fromMs : 0),
    0,
  );
