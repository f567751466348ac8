/** Which planned requests a cell is about. */
import type { ClientRole } from '../formats/timetable.ts';
import type { PlanClaim, PlanOrigin, PlanStream, RunPlan, Vantage } from '../formats/plan.ts';
import { requestsOf, tracerOperations } from './operations.ts';

const ROLES: Record<Vantage, readonly ClientRole[]> = {
  client: ['mix', 'topup'],
  region: ['probe'],
  any: ['mix', 'topup', 'probe'],
};

/** The part of a plan that scopes are about. */
export type Scene = Pick<RunPlan, 'regions' | 'origins' | 'operations' | 'phases'>;

/** Regions or origins that a claim is judged for, as indices: staleness for replicas only, per origin for cities only. */
export function subjectsOf(scene: Pick<Scene, 'regions' | 'origins'>, claim: PlanClaim): number[] {
  const all: readonly { applies: boolean }[] =
    claim.per === 'origin'
      ? scene.origins.map(({ kind }) => ({ applies: kind === 'city' }))
      : scene.regions.map(({ replica }) => ({ applies: claim.metric !== 'staleness' || replica }));
  return all.flatMap(({ applies }, i) => (applies && (claim.only?.includes(i) ?? true) ? [i] : []));
}

/** Whether a stream sends requests that count for the cell, and they are judged. */
export function inScope(scene: Scene, stream: PlanStream, claim: PlanClaim, subject: number): boolean {
  const { judged, name } = scene.phases[stream.phase]!;
  if (!judged || name !== claim.phase) return false;
  const roles: readonly ClientRole[] = claim.metric === 'staleness' ? ['tracer'] : ROLES[claim.vantage];
  return roles.includes(stream.role) && belongsTo(scene.origins[stream.origin]!, stream.origin, claim, subject);
}

const belongsTo = (origin: PlanOrigin, index: number, claim: PlanClaim, subject: number): boolean =>
  claim.per === 'region' ? origin.homeRegion === subject : index === subject;

/**
 * How many requests one row of an operation adds to a cell of the claim. Staleness is planned with tracer reads alone
 * (other reads of freshly written records count when they happen); the edge is nobody's home region.
 */
export function requestsForClaim(scene: Pick<Scene, 'operations'>, operation: number, claim: PlanClaim): number {
  const { operations } = scene;
  if (claim.metric === 'staleness') return operation === tracerOperations(operations)?.read ? 1 : 0;
  return requestsOf(operations, operation).filter(
    ({ class: its, via }) => claim.classes.includes(its) && !(claim.metric === 'home-share' && via === 'edge'),
  ).length;
}

/** Requests that the streams hold for a cell in judged phases. */
export function plannedRequests(scene: Scene, streams: PlanStream[], claim: PlanClaim, subject: number): number {
  let sum = 0;
  for (const stream of streams) {
    if (!inScope(scene, stream, claim, subject)) continue;
    for (const [operation, rows] of stream.requests.entries()) {
      if (rows > 0) sum += rows * requestsForClaim(scene, operation, claim);
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
