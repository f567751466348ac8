/** Which planned requests count for a cell. */
import { counts, requestKind } from '../../claims/scope.ts';
import { SUBJECTS, type SubjectScene } from '../../claims/subjects.ts';
import type { PlanClaim, PlanOperation, PlanStream, RunPlan } from '../formats/plan.ts';
import { requestsOf } from './operations.ts';

/** The part of a plan that scopes depend on. */
export type Scene = SubjectScene & Pick<RunPlan, 'operations' | 'phases'>;

/** A request of a planned row, and the share of such requests that counts for the cell. */
export interface PlannedRequest {
  request: PlanOperation;
  share: number;
}

/** The requests of a row that count for the cell; none where its stream is not judged for it. */
export function requestsInScope(
  scene: Scene,
  stream: PlanStream,
  operation: number,
  claim: PlanClaim,
  subject: number,
): PlannedRequest[] {
  const { judged, name } = scene.phases[stream.phase]!;
  if (!judged || name !== claim.phase) return [];
  const plannedRoles = requestKind(claim)!.plannedRoles;
  if (plannedRoles !== null && !plannedRoles.includes(stream.role)) return [];
  const { origin } = stream;
  const { homeRegion: home } = scene.origins[origin]!;
  return requestsOf(scene.operations, operation).flatMap((request) => {
    if (!counts(claim, stream.role, request, scene.operations)) return [];
    const share = SUBJECTS[claim.per].share(scene, { origin, home, operation: request }, subject);
    return share > 0 ? [{ request, share }] : [];
  });
}

/** Number of requests that one row of an operation, sent by this role, adds to a cell of the claim. */
export const requestsForClaim = (
  { operations }: Pick<Scene, 'operations'>,
  operation: number,
  claim: PlanClaim,
  role: PlanStream['role'],
): number => requestsOf(operations, operation).filter((request) => counts(claim, role, request, operations)).length;

/** Requests of the streams for a cell in judged phases; an expected value where only a share of them counts for it. */
export function plannedRequests(scene: Scene, streams: PlanStream[], claim: PlanClaim, subject: number): number {
  let sum = 0;
  for (const stream of streams) {
    for (const [operation, rows] of stream.requests.entries()) {
      if (rows === 0) continue;
      for (const { share } of requestsInScope(scene, stream, operation, claim, subject)) sum += rows * share;
    }
  }
  return Math.floor(sum + 1e-9);
}

export const streamRows = (stream: PlanStream): number => stream.requests.reduce((a, b) => a + b, 0);

/** Milliseconds of judged load; with a name, of the phases of that name alone. */
export const judgedMs = (phases: RunPlan['phases'], name?: RunPlan['phases'][number]['name']): number =>
  phases.reduce(
    (sum, phase) => sum + (phase.judged && (name ?? phase.name) === phase.name ? phase.toMs - phase.fromMs : 0),
    0,
  );
