/** The verdicts to come: what each can prove with the planned requests, and what physics forbids. */
import type { TargetClaim } from '../config/types.ts';
import type { PlanCell, PlanClaim, PlanStream } from '../formats/plan.ts';
import type { Evidence } from './evidence.ts';
import { physicsMs, requestsOf } from './operations.ts';
import { inScope, judgedMs, plannedRequests, type Scene, subjectsOf } from './scope.ts';

/** Every cell of the claims. `evidence` is for gating cells, `informational` for the others. */
export function planCells(
  scene: Scene,
  streams: PlanStream[],
  claims: PlanClaim[],
  limits: TargetClaim[],
  evidence: Evidence,
  informational: Evidence,
): PlanCell[] {
  const seconds = judgedMs(scene.phases) / 1000;
  return claims.flatMap((claim, index) =>
    subjectsOf(scene, claim).map((subject): PlanCell => {
      const arithmetic = claim.gating ? evidence : informational;
      const n = plannedRequests(scene, streams, claim, subject);
      const limitMs = limitOf(scene, limits[index]!, subject);
      const floorMs = floorOf(scene, streams, claim, subject);
      const infeasible = limitMs !== null && floorMs !== null && floorMs > limitMs;
      const deciding = arithmetic.deciding(claim.maxBadShare);
      return {
        claim: index,
        subject,
        limitMs,
        floorMs,
        infeasible,
        plannedRequests: n,
        passProbability: infeasible ? 0 : arithmetic.pass(n, claim.maxBadShare),
        failProbability: infeasible ? 0 : arithmetic.fail(n, claim.maxBadShare),
        secondsToDecide: n === 0 || infeasible || deciding === null ? null : Math.ceil((deciding / n) * seconds),
      };
    }),
  );
}

/** Limit of a cell, ms: the claim's, plus the region's round trip to the primary where it says so. */
function limitOf(scene: Scene, claim: TargetClaim, subject: number): number | null {
  if (claim.limitMs === null) return null;
  const region = claim.per === 'region' ? subject : scene.origins[subject]!.homeRegion;
  return claim.limitMs + (claim.plusPrimaryRoundTrip ? (scene.regions[region]!.rttToPrimaryMs ?? 0) : 0);
}

/**
 * The least limit that physics lets the cell keep, ms: of all planned requests of the cell, the share that may be bad
 * may be slower. For staleness half the round trip to the primary: nothing is known sooner.
 */
function floorOf(scene: Scene, streams: PlanStream[], claim: PlanClaim, subject: number): number | null {
  if (claim.metric === 'staleness') return (scene.regions[subject]!.rttToPrimaryMs ?? 0) / 2;
  if (claim.metric !== 'latency') return null;
  const floors: { ms: number; weight: number }[] = [];
  for (const stream of streams) {
    if (!inScope(scene, stream, claim, subject)) continue;
    const origin = scene.origins[stream.origin]!;
    const access = origin.access.length > 0 ? origin.access : [{ share: 1, lastMileMs: 0 }];
    for (const [operation, rows] of stream.requests.entries()) {
      if (rows === 0) continue;
      for (const request of requestsOf(scene.operations, operation)) {
        if (!claim.classes.includes(request.class)) continue;
        const ms = physicsMs(scene, origin, request);
        for (const { share, lastMileMs } of access) floors.push({ ms: ms + lastMileMs, weight: rows * share });
      }
    }
  }
  if (floors.length === 0) return null;
  floors.sort((a, b) => b.ms - a.ms);
  let left = claim.maxBadShare * floors.reduce((sum, { weight }) => sum + weight, 0);
  return floors.find(({ weight }) => (left -= weight) < 0)?.ms ?? floors.at(-1)!.ms;
}
