/** The cells of a plan: what the planned requests can decide in each, and which are infeasible. */
import { SUBJECTS } from '../../claims/subjects.ts';
import { requestKind, subjectsOf } from '../../claims/scope.ts';
import type { PlanCell, PlanClaim, PlanStream } from '../formats/plan.ts';
import { Evidence } from './evidence.ts';
import { minLatencyMs } from './operations.ts';
import { judgedMs, plannedRequests, requestsInScope, type Scene } from './scope.ts';

/**
 * Every cell of the claims that count requests. As in the judge, gating and informational cells are one family of tests
 * each, without the infeasible ones.
 */
export function planCells(scene: Scene, streams: PlanStream[], claims: PlanClaim[]): PlanCell[] {
  const bare = claims.flatMap((claim, index) =>
    (requestKind(claim) === null ? [] : subjectsOf(scene, claim)).map((subject) => {
      const limitMs = limitOf(scene, claim, subject);
      const floorMs = floorOf(scene, streams, claim, subject);
      const infeasible = limitMs !== null && floorMs !== null && floorMs > limitMs;
      return { claim: index, subject, limitMs, floorMs, infeasible };
    }),
  );
  const family = (gating: boolean): Evidence =>
    Evidence.of(bare.filter((cell) => claims[cell.claim]!.gating === gating && !cell.infeasible).length);
  const [gating, informational] = [family(true), family(false)];
  return bare.map((cell): PlanCell => {
    const claim = claims[cell.claim]!;
    const evidence = claim.gating ? gating : informational;
    const n = plannedRequests(scene, streams, claim, cell.subject);
    const seconds = judgedMs(scene.phases, claim.phase) / 1000;
    const deciding = evidence.deciding(claim.maxBadShare);
    return {
      ...cell,
      plannedRequests: n,
      passProbability: cell.infeasible ? 0 : evidence.pass(n, claim.maxBadShare),
      failProbability: cell.infeasible ? 0 : evidence.fail(n, claim.maxBadShare),
      secondsToDecide: n === 0 || cell.infeasible || deciding === null ? null : Math.ceil((deciding / n) * seconds),
    };
  });
}

/** Limit of a cell, ms: the claim's, plus the region's round trip to the primary with `plusPrimaryRoundTrip`. */
function limitOf(scene: Scene, claim: PlanClaim, subject: number): number | null {
  if (claim.limitMs === null) return null;
  const region = SUBJECTS[claim.per].home(scene, subject);
  if (!claim.plusPrimaryRoundTrip || region === null) return claim.limitMs;
  return claim.limitMs + (scene.regions[region]!.rttToPrimaryMs ?? 0);
}

/**
 * The lowest limit that a cell can meet, ms: the minimum latency that at most `maxBadShare` of its planned requests
 * exceed. For staleness it is half the round trip to the primary.
 */
export function floorOf(scene: Scene, streams: PlanStream[], claim: PlanClaim, subject: number): number | null {
  const { floor } = requestKind(claim)!;
  if (floor === 'replication') return (scene.regions[subject]!.rttToPrimaryMs ?? 0) / 2;
  if (floor === null) return null;
  const floors: { ms: number; weight: number }[] = [];
  for (const stream of streams) {
    const origin = scene.origins[stream.origin]!;
    const access = origin.access.length > 0 ? origin.access : [{ share: 1, lastMileMs: 0 }];
    for (const [operation, rows] of stream.requests.entries()) {
      if (rows === 0) continue;
      for (const { request, share: part } of requestsInScope(scene, stream, operation, claim, subject)) {
        const ms = minLatencyMs(scene, origin, request);
        for (const { share, lastMileMs } of access) floors.push({ ms: ms + lastMileMs, weight: rows * part * share });
      }
    }
  }
  if (floors.length === 0) return null;
  floors.sort((a, b) => b.ms - a.ms);
  let left = claim.maxBadShare * floors.reduce((sum, { weight }) => sum + weight, 0);
  return floors.find(({ weight }) => (left -= weight) < 0)?.ms ?? floors.at(-1)!.ms;
}
