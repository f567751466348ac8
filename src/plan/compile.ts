/** The run plan: everything about a run that is known before the first packet. Pure: the same input, the same plan. */
import type { FindingKind } from '../../claims/claim.ts';
import { kindOf } from '../../claims/index.ts';
import { MIN_PER_SECOND } from '../../claims/measures/failover/figures.ts';
import { SUBJECTS } from '../../claims/subjects.ts';
import { requestKind, subjectsOf } from '../../claims/scope.ts';
import { requestsPerRow } from '../config/load.ts';
import type { Profile, Target } from '../config/types.ts';
import { usageError } from '../errors.ts';
import type { ExperimentSpec } from '../formats/faults.ts';
import {
  DEFAULT_VALIDITY,
  type PlanCell,
  type PlanClaim,
  type PlanPhase,
  type PlanStream,
  type RunPlan,
} from '../formats/plan.ts';
import { type ClientRole, COHORTS } from '../formats/timetable.ts';
import { ROUTING_CHECKS, ROUTING_TTL_SECONDS } from '../formats/world-file.ts';
import { planCells } from './cells.ts';
import { dataOperations } from './data-operations.ts';
import { Evidence } from './evidence.ts';
import { experimentPhases, planExperiment } from './experiment.ts';
import { claimsOf } from './experiment-claims.ts';
import { cityIntensities, planOrigins, planRegions } from './geography.ts';
import { planOperations } from './operations.ts';
import { route53Check } from './route53.ts';
import { SESSION_ROWS_PER_SECOND, sessionOperations } from './sessions.ts';
import { plannedRequests, type Scene, streamRows } from './scope.ts';
import { dataRequestsPerSecond, mixCounts, planStreams } from './streams.ts';
import { planTenants } from './tenants.ts';

/** Default cap on requests per second, mix and extras together. */
const CAP_PER_SECOND = 300;

/** A mix above the cap shows that the machine can send more: extras may then be as many as the mix. */
const EXTRAS_PER_MIX = 1;

/**
 * Extras fill a target's rate limit up to this share. The rest is for requests that no timetable holds: late requests
 * of clients that were busy, retries and redirects, which would otherwise find no second with room
 * (src/run/rate-limit.ts).
 */
const EXTRAS_LIMIT_SHARE = 0.85;

/** Length of a run without --duration, seconds: warm-up, least judged load, most in all, and steps in between. */
const WARM_UP_SECONDS = 10;
const MIN_JUDGED_SECONDS = 30;
const MAX_SECONDS = 240;
const STEP_SECONDS = 5;
const QUICK = { warmUpSeconds: 8, seconds: 48 };

/** With an experiment the baseline is the reference, so clients must be in steady state before it. */
const EXPERIMENT_WARM_UP_MS = 8_000;

/**
 * Warm-up is at most this share of the judged time, so 30 s of load have all 10 s: on slow cores the responses of a
 * world that has just started are up to two seconds late for five seconds.
 */
const WARM_UP_SHARE = 1 / 3;

export interface PlanInput {
  profile: Profile;
  target: Target;
  seed: number;
  quick: boolean;
  /** Judged seconds; overrides the profile's, which overrides what the evidence needs. */
  durationSeconds?: number | undefined;
  /** Mean rate of the mix; overrides the profile's. */
  ratePerSecond?: number | undefined;
  runId: string;
  createdAt: string;
  command: string;
  defect: string | null;
  routing: RunPlan['target']['routingSpeed'];
  /** The experiment; it then sets the length. */
  experiment?: ExperimentSpec | undefined;
  /** As in RunPlan. */
  grafanaUrl?: string | null;
}

/**
 * Compiles the plan. Its length is `durationSeconds`, else the profile's, else the shortest in which a healthy target
 * passes all gating cells with probability 99.5 % and a cell at three times its limit fails with 95 %
 * (src/plan/evidence.ts), at most 240 s. Usage errors: a rate above the target's limit, an infeasible gating cell.
 */
export function compilePlan(input: PlanInput): RunPlan {
  const { profile, target, quick } = input;
  const ratePerSecond = input.ratePerSecond ?? profile.arrivals.ratePerSecond;
  if (!(ratePerSecond > 0 && ratePerSecond <= target.maxRatePerSecond)) {
    throw usageError({
      what: `the rate is outside the range that target ${target.name} allows`,
      where: input.ratePerSecond === undefined ? `profile ${profile.name}` : '--rate',
      got: `${ratePerSecond} per second`,
      expected: `more than 0, at most ${target.maxRatePerSecond}`,
      next: `Pass \`--rate ${target.maxRatePerSecond}\` or less, or raise maxRatePerSecond of the target.`,
    });
  }
  const { experiment } = input;
  if (experiment) return finished(input, ratePerSecond, draft(input, ratePerSecond, experiment.baselineMs / 1000));
  const seconds =
    input.durationSeconds ?? profile.durationSeconds ?? (quick ? QUICK.seconds - QUICK.warmUpSeconds : null);
  return finished(
    input,
    ratePerSecond,
    seconds === null ? shortest(input, ratePerSecond) : draft(input, ratePerSecond, seconds),
  );
}

/** The shortest plan with enough evidence; the longest if none has enough. */
function shortest(input: PlanInput, ratePerSecond: number): Draft {
  for (let seconds = MIN_JUDGED_SECONDS; ; seconds += STEP_SECONDS) {
    const plan = draft(input, ratePerSecond, seconds);
    const { scene, streams, claims, evidence } = plan;
    const isLongest = scene.phases.at(-1)!.toMs + STEP_SECONDS * 1000 > MAX_SECONDS * 1000;
    const isDecidable = (claim: PlanClaim): boolean => {
      const wanted = evidence.wanted(claim.maxBadShare) ?? Infinity;
      return subjectsOf(scene, claim).every((subject) => plannedRequests(scene, streams, claim, subject) >= wanted);
    };
    const gating = claims.filter((claim) => claim.gating && requestKind(claim) !== null);
    if (isLongest || gating.every(isDecidable)) return plan;
  }
}

/** A plan before its cells are known. */
interface Draft {
  scene: Scene;
  claims: PlanClaim[];
  session: RunPlan['session'];
  evidence: Evidence;
  streams: PlanStream[];
  mixRows: number;
}

function draft(input: PlanInput, ratePerSecond: number, judgedSeconds: number): Draft {
  const { profile, target, quick, experiment } = input;
  const phases = experiment ? experimentPhases(experiment, EXPERIMENT_WARM_UP_MS) : planPhases(judgedSeconds, quick);
  const counts = mixCounts(profile, phases, ratePerSecond, cityIntensities(profile));
  const mixRows = counts.flat().reduce((a, b) => a + b, 0);
  if (mixRows === 0) {
    throw usageError({
      what: 'the plan has no requests to send',
      got: `${ratePerSecond} requests per second for ${judgedSeconds} s`,
      next: 'Raise --rate or --duration.',
    });
  }
  const operations = planOperations(target);
  const scene: Scene = {
    ...planTenants(profile, target),
    versions: Object.entries(target.versions).map(([version, share]) => ({ version: Number(version), share })),
    regions: planRegions(target),
    origins: planOrigins(profile, target).map((origin, o) =>
      origin.kind === 'city' ? { ...origin, share: counts.reduce((sum, of) => sum + of[o]!, 0) / mixRows } : origin,
    ),
    operations,
    phases,
  };
  const claims = claimsOf(target, experiment ?? null);
  // One family of tests; none of its cells can be infeasible, for such a plan is refused.
  const gating = claims.filter((claim) => claim.gating && requestKind(claim) !== null);
  // Ledger, carts and sessions take no room from the evidence of other claims; without room for all their rows there
  // are no sessions. An experiment measures all data that the target declares, with or without a limit on it.
  const isNeeded = (role: ClientRole): boolean => experiment !== undefined || needs(claims, role);
  const data = dataOperations(target, operations, isNeeded);
  const room = roomOf(input, ratePerSecond) - dataRequestsPerSecond(target.regions.length, data);
  const sessionsPerSecond = target.regions.length * SESSION_ROWS_PER_SECOND;
  const declared = isNeeded('session') ? sessionOperations(target, operations) : null;
  const session = room - ratePerSecond >= sessionsPerSecond ? declared : null;
  const evidence = Evidence.of(gating.reduce((sum, claim) => sum + subjectsOf(scene, claim).length, 0));
  const streams = planStreams({
    scene,
    mix: operations.map(({ name }) => profile.mix[name] ?? 0),
    counts,
    ratePerSecond,
    claims,
    evidence,
    ...data,
    session,
    timed: timedRegions(input, scene, claims, ratePerSecond),
    capPerSecond: Math.min(
      room - (session ? sessionsPerSecond : 0),
      Math.max(CAP_PER_SECOND, ratePerSecond * (1 + EXTRAS_PER_MIX)),
    ),
  });
  return { scene, claims, session, evidence, streams, mixRows };
}

/**
 * Regions whose failover some claim times, so that they need the finer resolution of clock requests. For the return to
 * the baseline, users are enough where one cohort of them sends often enough.
 */
function timedRegions(
  { experiment, profile }: PlanInput,
  { regions, origins }: Scene,
  claims: PlanClaim[],
  ratePerSecond: number,
): number[] {
  if (experiment === undefined) return [];
  const affected = regions.flatMap(({ id }, i) => (experiment.regions.includes(id) ? [i] : []));
  if (needs(claims, 'clock') || experiment.evacuate !== null) return affected;
  if (!findingKinds(claims).some(({ needsClockIfFew }) => needsClockIfFew)) return [];
  const largestCohort = Math.max(...COHORTS.map((cohort) => profile.cohorts[cohort]));
  const usersPerSecond = (region: number): number =>
    ratePerSecond * origins.reduce((sum, o) => sum + (o.kind === 'city' && o.homeRegion === region ? o.share : 0), 0);
  return affected.filter((region) => largestCohort * usersPerSecond(region) < MIN_PER_SECOND);
}

/** Whether some claim is judged by the requests of this role. */
const needs = (claims: PlanClaim[], role: ClientRole): boolean =>
  findingKinds(claims).some((kind) => kind.needs.includes(role));

const findingKinds = (claims: PlanClaim[]): FindingKind[] =>
  claims.flatMap(({ kind }) => {
    const its = kindOf(kind);
    return its.judges === 'figures' ? [its] : [];
  });

/**
 * Rows per second, of the mix and of extras, that stay within the target's rate limit: each extra counts as the longest
 * journey.
 */
function roomOf({ profile, target }: PlanInput, ratePerSecond: number): number {
  const longest = Math.max(1, ...target.operations.map(({ steps }) => steps.length));
  const spare = EXTRAS_LIMIT_SHARE * target.maxRatePerSecond - ratePerSecond * requestsPerRow(profile.mix, target);
  return ratePerSecond + Math.max(0, spare) / longest;
}

function finished(
  input: PlanInput,
  ratePerSecond: number,
  { scene, claims, session, streams, mixRows }: Draft,
): RunPlan {
  const { profile, target } = input;
  const cells = planCells(scene, streams, claims);
  refuseInfeasible(target, scene, claims, cells);
  return {
    version: 2,
    runId: input.runId,
    createdAt: input.createdAt,
    command: input.command,
    seed: input.seed,
    quick: input.quick,
    profile: { name: profile.name, title: profile.title },
    target: {
      name: target.name,
      world: target.world,
      defect: input.defect,
      environment: target.environment,
      routingSpeed: input.routing,
      routingMode: target.routing.mode,
      ttlSeconds: input.routing === null ? target.routing.ttlSeconds : ROUTING_TTL_SECONDS[input.routing],
      healthCheck: input.routing === null ? route53Check(target.routing.healthCheck) : ROUTING_CHECKS[input.routing],
      maxRatePerSecond: target.world === null ? target.maxRatePerSecond : null,
    },
    lanes: target.lanes,
    ...scene,
    retries: profile.retries,
    streams,
    durationMs: scene.phases.at(-1)!.toMs,
    ratePerSecond,
    rows: streams.reduce((sum, stream) => sum + streamRows(stream), 0),
    mixRows,
    claims,
    cells,
    validity: DEFAULT_VALIDITY,
    experiment: input.experiment ? planExperiment(input.experiment, scene) : null,
    session,
    grafanaUrl: input.grafanaUrl ?? null,
  };
}

function planPhases(judgedSeconds: number, quick: boolean): PlanPhase[] {
  const maxSeconds = quick ? QUICK.warmUpSeconds : WARM_UP_SECONDS;
  const warmUpMs = Math.round(Math.min(maxSeconds, Math.max(1, judgedSeconds * WARM_UP_SHARE)) * 1000);
  return [
    { name: 'warm-up', fromMs: 0, toMs: warmUpMs, judged: false },
    { name: 'baseline', fromMs: warmUpMs, toMs: warmUpMs + Math.round(judgedSeconds * 1000), judged: true },
  ];
}

/** An infeasible gating claim would FAIL whatever the target does, so it is refused before anything is sent. */
function refuseInfeasible(target: Target, scene: Scene, claims: PlanClaim[], cells: PlanCell[]): void {
  const infeasible = cells.filter((cell) => cell.infeasible && claims[cell.claim]!.gating);
  const worst = infeasible.toSorted((a, b) => b.floorMs! - a.floorMs!)[0];
  if (!worst) return;
  const claim = claims[worst.claim]!;
  const subject = SUBJECTS[claim.per].ids({ ...scene, target })[worst.subject]!;
  const others = infeasible.length > 1 ? ` (and ${infeasible.length - 1} more cells)` : '';
  throw usageError({
    what: `gating claim ${claim.id} is infeasible for ${subject}${others}`,
    where: `target ${target.name}`,
    got: `a limit of ${worst.limitMs!.toFixed(0)} ms`,
    expected: `at least ${worst.floorMs!.toFixed(0)} ms, the lowest limit that distance and last mile allow there`,
    next: `Raise limitMs of claim ${claim.id}, or set \`gating: false\`.`,
  });
}
