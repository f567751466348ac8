/** The streams of a run: the mix by exact quotas, and the declared extras that give small cells their evidence. */
import { ROLES } from '../../claims/roles.ts';
import { requestKind, subjectsOf } from '../../claims/scope.ts';
import type { Profile } from '../config/types.ts';
import type { PlanClaim, PlanStream, SessionOperations } from '../formats/plan.ts';
import { type ClientRole, COHORTS } from '../formats/timetable.ts';
import { activityMs, type Intensity } from './arrivals.ts';
import type { DataOperations } from './data-operations.ts';
import type { Evidence } from './evidence.ts';
import { controlOperation, tracerOperations } from './operations.ts';
import { CarriedQuota, largestRemainder } from './quota.ts';
import { judgedMs, plannedRequests, requestsForClaim, type Scene, streamRows } from './scope.ts';
import { sessionStreams } from './sessions.ts';

/** Requests per second of the control series. */
const CONTROL_PER_SECOND = 10;

/** The tracer records are written in turn at this rate, and read at least this often in every replica's region. */
const TRACER_WRITES_PER_SECOND = 4;
const TRACER_READS_PER_SECOND = 4;

/**
 * Requests of the mix by phase and origin: the profile's shares, weighted by the activity of each city in the phase.
 */
export function mixCounts(
  profile: Profile,
  phases: Scene['phases'],
  ratePerSecond: number,
  intensities: Intensity[],
): number[][] {
  const weights = phases.map(({ fromMs, toMs }) =>
    profile.origins.map(({ share }, i) => share * activityMs(intensities[i]!, fromMs, toMs)),
  );
  const totals = weights.map((byOrigin) => byOrigin.reduce((a, b) => a + b, 0));
  const total = Math.round((ratePerSecond * phases.at(-1)!.toMs) / 1000);
  return largestRemainder(total, totals).map((rows, phase) => largestRemainder(rows, weights[phase]!));
}

export interface StreamsInput extends DataOperations {
  scene: Scene;
  /** Shares of the mix by operation index. */
  mix: number[];
  /** Requests of the mix by phase and origin. */
  counts: number[][];
  ratePerSecond: number;
  claims: PlanClaim[];
  evidence: Evidence;
  /** Indices of the regions that the failover clock times. */
  timed: number[];
  /** Operations of sessions; null without them. */
  session: SessionOperations | null;
  /** Requests per second to the target, users and extras together, that extras must not exceed. */
  capPerSecond: number;
}

/**
 * Every stream of a run. Gating claims whose cells have too few requests of the mix get extras, the cheapest claims
 * first, as far as the cap allows: probes in the region for vantage `region` and `any`, top-ups from the region's
 * cities for vantage `client`, tracer reads for staleness. Extras use the claim's operations in the profile's
 * proportions.
 */
export function planStreams(input: StreamsInput): PlanStream[] {
  const { scene, claims, evidence, capPerSecond } = input;
  const judgedSeconds = judgedMs(scene.phases) / 1000;
  const streams = [
    ...mixStreams(input),
    ...standingStreams(input),
    ...clockStreams(input),
    ...dataStreams(input),
    ...sessionStreams(scene, input.session),
  ];
  // First enough requests to decide each cell; then enough to decide all of them together.
  for (const goal of ['deciding', 'wanted'] as const) {
    for (const claim of inOrderOfCost(claims)) {
      const wanted = evidence[goal](claim.maxBadShare) ?? 0;
      const extras = subjectsOf(scene, claim).flatMap((subject) => {
        const lacking = wanted - plannedRequests(scene, streams, claim, subject);
        return lacking > 0 ? extraRows(input, claim, subject, lacking) : [];
      });
      // All phases get the rate that one phase needs: a stream that starts or stops would look like a change of load.
      const phaseSeconds = judgedMs(scene.phases, claim.phase) / 1000;
      const total = extras.reduce((sum, { rows }) => sum + sumOf(rows), 0) * (judgedSeconds / phaseSeconds);
      const spare = Math.max(0, capPerSecond * judgedSeconds - rowsToTarget(scene, streams));
      const part = total > spare ? spare / total : 1;
      for (const { role, origin, rows } of extras) {
        const granted = part < 1 ? rows.map((n) => Math.floor(n * part)) : rows;
        addRows(scene, streams, role, origin, granted, claim.phase);
      }
    }
  }
  return streams.filter((stream) => streamRows(stream) > 0);
}

const sumOf = (numbers: number[]): number => numbers.reduce((a, b) => a + b, 0);

/** Judged rows that share the cap; roles with room of their own do not compete for it. */
const rowsToTarget = (scene: Scene, streams: PlanStream[]): number =>
  sumOf(streams.filter((s) => ROLES[s.role].sharesCap && scene.phases[s.phase]!.judged).map(streamRows));

/**
 * Gating claims: loose limits first, which need fewer requests; `any` last, as requests for others count for it too.
 */
const inOrderOfCost = (claims: PlanClaim[]): PlanClaim[] => {
  const rank = (claim: PlanClaim): number =>
    requestKind(claim)!.plannedRoles !== null ? 0 : { region: 1, client: 2, any: 3 }[claim.vantage];
  return claims
    .filter((claim) => claim.gating && requestKind(claim) !== null)
    .toSorted((a, b) => b.maxBadShare - a.maxBadShare || rank(a) - rank(b));
};

function mixStreams({ scene, mix, counts }: StreamsInput): PlanStream[] {
  return scene.phases.flatMap((_, phase) => {
    const quota = new CarriedQuota(mix);
    return counts[phase]!.map((rows, origin) => ({
      role: 'mix' as const,
      origin,
      phase,
      requests: quota.split(rows),
    }));
  });
}

/** The control series, the tracer's writer at the primary, and its readers at the replicas. */
function standingStreams({ scene, capPerSecond, ratePerSecond }: StreamsInput): PlanStream[] {
  const { origins, operations, regions, phases } = scene;
  const at = (kind: 'region' | 'control', region: number): number =>
    origins.findIndex((origin) => origin.kind === kind && origin.homeRegion === region);
  const steady = (role: ClientRole, origin: number, operation: number, perSecond: number): PlanStream[] =>
    phases.map(({ fromMs, toMs }, phase) => ({
      role,
      origin,
      phase,
      requests: operations.map((_, o) => (o === operation ? Math.floor((perSecond * (toMs - fromMs)) / 1000) : 0)),
    }));
  const streams = steady('control', at('control', 0), controlOperation(operations), CONTROL_PER_SECOND);
  const tracer = tracerOperations(operations);
  const primary = regions.findIndex(({ rttToPrimaryMs }) => rttToPrimaryMs === 0);
  const replicas = regions.flatMap(({ replica }, region) => (replica ? [region] : []));
  if (!tracer || replicas.length === 0) return streams;
  // A mix at the cap leaves no room for tracers.
  const full = TRACER_WRITES_PER_SECOND + replicas.length * TRACER_READS_PER_SECOND;
  const part = Math.max(0, Math.min(1, (capPerSecond - ratePerSecond) / full));
  streams.push(...steady('tracer', at('region', Math.max(0, primary)), tracer.write, part * TRACER_WRITES_PER_SECOND));
  for (const region of replicas) {
    streams.push(...steady('tracer', at('region', region), tracer.read, part * TRACER_READS_PER_SECOND));
  }
  return streams;
}

/** Clock requests per second and cohort: the resolution of the failover clock. */
const CLOCK_PER_SECOND = 10;

/** Reads from the largest city of every timed region, in every cohort, from the baseline on. */
function clockStreams({ scene, mix, timed }: StreamsInput): PlanStream[] {
  const { origins, operations, phases } = scene;
  const read = operations.findIndex((o, i) => o.kind === 'request' && o.class === 'read' && (mix[i] ?? 0) > 0);
  if (read < 0) return [];
  return timed.flatMap((region) => {
    const cities = [...origins.keys()].filter((o) => origins[o]!.kind === 'city' && origins[o]!.homeRegion === region);
    const origin = cities.toSorted((a, b) => origins[b]!.share - origins[a]!.share)[0];
    if (origin === undefined) return [];
    return phases.map(({ fromMs, toMs, name }, phase): PlanStream => {
      const rows = Math.floor((COHORTS.length * CLOCK_PER_SECOND * (toMs - fromMs)) / 1000);
      return {
        role: 'clock',
        origin,
        phase,
        requests: operations.map((_, o) => (o === read && name !== 'warm-up' ? rows : 0)),
      };
    });
  });
}

/** Per region: detects a loss of half a second with 95 % (reference/chaos-slo.md 3.3: RPO-time). */
const LEDGER_PER_SECOND = 6;

/** Per region: often enough for two regions to edit a cart within the time that a write takes to replicate. */
const CART_EDITS_PER_SECOND = 4;

/** Requests per second of ledger and carts, from all regions together. An edit is two: a read and a write. */
export const dataRequestsPerSecond = (regions: number, { ledger, cart }: DataOperations): number =>
  regions * ((ledger === null ? 0 : LEDGER_PER_SECOND) + (cart === null ? 0 : 2 * CART_EDITS_PER_SECOND));

/** The writes of the ledger and the edits of carts, from every region. */
function dataStreams({ scene, ledger, cart }: StreamsInput): PlanStream[] {
  const { origins, operations, phases } = scene;
  const fromEveryRegion = (role: ClientRole, operation: number | null, perSecond: number): PlanStream[] =>
    [...origins.keys()].flatMap((origin) =>
      operation === null || origins[origin]!.kind !== 'region'
        ? []
        : phases.map(({ fromMs, toMs }, phase): PlanStream => {
            const rows = Math.floor((perSecond * (toMs - fromMs)) / 1000);
            return { role, origin, phase, requests: operations.map((_, o) => (o === operation ? rows : 0)) };
          }),
    );
  return [
    ...fromEveryRegion('ledger', ledger, LEDGER_PER_SECOND),
    ...fromEveryRegion('cart', cart, CART_EDITS_PER_SECOND),
  ];
}

interface Extra {
  role: ClientRole;
  origin: number;
  /** By operation index, over all judged phases. */
  rows: number[];
}

/**
 * Rows that add `requests` to a cell; empty where no operation counts for the claim. Operations are in the proportions
 * of the profile's mix; a role of its own uses each of its operations equally.
 */
function extraRows({ scene, mix }: StreamsInput, claim: PlanClaim, subject: number, requests: number): Extra[] {
  const { origins, operations } = scene;
  const own = requestKind(claim)!.plannedRoles?.[0] ?? null;
  const fromRegion = claim.per === 'region' && (own !== null || claim.vantage !== 'client');
  const role = own ?? (fromRegion ? 'probe' : 'topup');
  const isOwn = operationsOf(own, operations);
  const worth = operations.map((_, o) => (isOwn(o) ? requestsForClaim(scene, o, claim, role) : 0));
  const weights = worth.map((n, operation) => (n === 0 ? 0 : own === null ? mix[operation]! : 1));
  const sum = sumOf(weights);
  if (sum === 0) return [];
  const perRow = weights.reduce((total, weight, operation) => total + (weight / sum) * worth[operation]!, 0);
  const rows = Math.ceil(requests / perRow);
  if (fromRegion) {
    const origin = origins.findIndex(({ kind, homeRegion }) => kind === 'region' && homeRegion === subject);
    return [{ role, origin, rows: largestRemainder(rows, weights) }];
  }
  const shares = origins.map(({ kind, homeRegion, share }, i) =>
    kind === 'city' && (claim.per === 'origin' ? i : homeRegion) === subject ? share : 0,
  );
  const quota = new CarriedQuota(weights);
  return largestRemainder(rows, shares).flatMap((n, origin) =>
    n === 0 ? [] : [{ role, origin, rows: quota.split(n) }],
  );
}

/** The operations that a role of its own sends, as a predicate over indices; all of them for users and probes. */
function operationsOf(role: ClientRole | null, operations: Scene['operations']): (operation: number) => boolean {
  const tracer = role === 'tracer' ? tracerOperations(operations) : null;
  return (operation) => tracer === null || operation === tracer.read;
}

/** Adds rows to the judged phases of that name, by their length; all other phases get the same rate. */
function addRows(
  scene: Scene,
  streams: PlanStream[],
  role: ClientRole,
  origin: number,
  rows: number[],
  name: PlanClaim['phase'],
): void {
  const { phases } = scene;
  const wantedMs = judgedMs(phases, name);
  const lengths = phases.map(({ fromMs, toMs }) => toMs - fromMs);
  const isWanted = phases.map((phase) => phase.judged && phase.name === name);
  const shares = lengths.map((length, i) => (isWanted[i] ? length : 0));
  const byPhase = phases.map(() => rows.map(() => 0));
  for (const [operation, n] of rows.entries()) {
    for (const [phase, count] of largestRemainder(n, shares).entries()) byPhase[phase]![operation] = count;
  }
  for (const phase of phases.keys()) {
    if (isWanted[phase]) continue;
    byPhase[phase] = largestRemainder(Math.round((sumOf(rows) * lengths[phase]!) / wantedMs), rows);
  }
  for (const [phase, requests] of byPhase.entries()) {
    const known = streams.find((s) => s.role === role && s.origin === origin && s.phase === phase);
    if (known) known.requests = known.requests.map((n, operation) => n + requests[operation]!);
    else streams.push({ role, origin, phase, requests });
  }
}
