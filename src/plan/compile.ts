/** The run plan: everything about a run that is known before the first packet. Pure: the same input, the same plan. */
import { kindOf } from '../../claims/index.ts';
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
import type { ClientRole } from '../formats/timetable.ts';
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

/** Requests per second, mix and extras together, that a plan goes up to by itself. */
const CAP_PER_SECOND = 300;

/** A mix that asks for more shows that the machine is up to it: extras may come to as much again. */
const EXTRAS_PER_MIX = 1;

/**
 * Extras fill a target's limit to this part of it. The rest is for what no timetable holds: requests that are late
 * because their client waited, retries and redirects, which would otherwise find no second with room
 * (src/run/rate-limit.ts).
 */
const EXTRAS_LIMIT_PART = 0.85;

/** Load of a run that was not told how long, seconds: unjudged, at least judged, and at most in all. */
const WARM_UP_SECONDS = 10;
const LEAST_JUDGED_SECONDS = 30;
const MOST_SECONDS = 240;
const STEP_SECONDS = 5;
const QUICK = { warmUpSeconds: 8, seconds: 48 };

/** With an experiment the baseline is what is compared with, so that people must have settled in before it. */
const EXPERIMENT_WARM_UP_MS = 8_000;

/**
 * Warm-up is at most this part of what is judged. 30 s of load thus have all 10 s: a world that has just come up
 * answers its first five seconds up to two seconds late where the cores are slow.
 */
const WARM_UP_PART = 1 / 3;

export interface PlanInput {
  profile: Profile;
  target: Target;
  seed: number;
  quick: boolean;
  /** Judged seconds; wins over the profile's, which wins over what the evidence asks for. */
  durationSeconds?: number | undefined;
  /** Mean rate of the mix; wins over the profile's. */
  ratePerSecond?: number | undefined;
  runId: string;
  createdAt: string;
  command: string;
  defect: string | null;
  routing: RunPlan['target']['routingSpeed'];
  /** What is broken on purpose; it then decides the length. */
  experiment?: ExperimentSpec | undefined;
  /** As in RunPlan. */
  grafanaUrl?: string | null;
}

/**
 * Compiles the plan. The length is the one asked for, else the shortest in which a healthy target passes all gating
 * cells with 99.5 % and one at three times a limit fails with 95 % (src/plan/evidence.ts), within 240 s. Usage errors:
 * a rate above the target's limit, a gating cell below its physical floor.
 */
export function compilePlan(input: PlanInput): RunPlan {
  const { profile, target, quick } = input;
  const ratePerSecond = input.ratePerSecond ?? profile.arrivals.ratePerSecond;
  if (!(ratePerSecond > 0 && ratePerSecond <= target.maxRatePerSecond)) {
    throw usageError({
      what: `the rate is not one that target ${target.name} allows`,
      where: input.ratePerSecond === undefined ? `profile ${profile.name}` : '--rate',
      got: `${ratePerSecond} per second`,
      expected: `more than 0, at most ${target.maxRatePerSecond}`,
      next: `Pass \`--rate ${target.maxRatePerSecond}\` or less, or raise maxRatePerSecond of the target.`,
    });
  }
  const { experiment } = input;
  if (experiment) return finished(input, ratePerSecond, draft(input, ratePerSecond, experiment.baselineMs / 1000));
  const asked =
    input.durationSeconds ?? profile.durationSeconds ?? (quick ? QUICK.seconds - QUICK.warmUpSeconds : null);
  return finished(
    input,
    ratePerSecond,
    asked === null ? shortest(input, ratePerSecond) : draft(input, ratePerSecond, asked),
  );
}

/** The shortest plan that has the evidence; the longest where none has. */
function shortest(input: PlanInput, ratePerSecond: number): Draft {
  for (let seconds = LEAST_JUDGED_SECONDS; ; seconds += STEP_SECONDS) {
    const plan = draft(input, ratePerSecond, seconds);
    const { scene, streams, claims, evidence } = plan;
    const longest = scene.phases.at(-1)!.toMs + STEP_SECONDS * 1000 > MOST_SECONDS * 1000;
    const proven = (claim: PlanClaim): boolean => {
      const wanted = evidence.wanted(claim.maxBadShare) ?? Infinity;
      return subjectsOf(scene, claim).every((subject) => plannedRequests(scene, streams, claim, subject) >= wanted);
    };
    if (longest || claims.filter((claim) => claim.gating && requestKind(claim) !== null).every(proven)) return plan;
  }
}

/** Who is where and sends how much, before the verdicts to come are looked at. */
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
      what: 'there would be nothing to send',
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
  // What follows the data takes nothing from the evidence of others; without room for all their rows there are no
  // sessions. An experiment measures all of the data that the target shows, whether it is limited or not.
  const isLookedAt = (role: ClientRole): boolean => experiment !== undefined || needs(claims, role);
  const data = dataOperations(target, operations, isLookedAt);
  const room = roomOf(input, ratePerSecond) - dataRequestsPerSecond(target.regions.length, data);
  const sessionsPerSecond = target.regions.length * SESSION_ROWS_PER_SECOND;
  const declared = isLookedAt('session') ? sessionOperations(target, operations) : null;
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
    timed: timedRegions(experiment, scene, claims),
    capPerSecond: Math.min(
      room - (session ? sessionsPerSecond : 0),
      Math.max(CAP_PER_SECOND, ratePerSecond * (1 + EXTRAS_PER_MIX)),
    ),
  });
  return { scene, claims, session, evidence, streams, mixRows };
}

/** Regions that a clock is needed for which is finer than what people ask: those that some claim times. */
const timedRegions = (experiment: ExperimentSpec | undefined, { regions }: Scene, claims: PlanClaim[]): number[] =>
  experiment === undefined || (!needs(claims, 'clock') && experiment.evacuate === null)
    ? []
    : regions.flatMap(({ id }, i) => (experiment.regions.includes(id) ? [i] : []));

/** Whether some claim looks at what this role asks. */
const needs = (claims: PlanClaim[], role: ClientRole): boolean =>
  claims.some(({ kind }) => {
    const its = kindOf(kind);
    return its.counts === 'findings' && its.needs.includes(role);
  });

/**
 * Rows per second, of the mix and of extras, that stay within the target's limit on requests: extras are counted as if
 * each were the longest journey.
 */
function roomOf({ profile, target }: PlanInput, ratePerSecond: number): number {
  const longest = Math.max(1, ...target.operations.map(({ steps }) => steps.length));
  const spare = EXTRAS_LIMIT_PART * target.maxRatePerSecond - ratePerSecond * requestsPerRow(profile.mix, target);
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
  const most = quick ? QUICK.warmUpSeconds : WARM_UP_SECONDS;
  const warmUpMs = Math.round(Math.min(most, Math.max(1, judgedSeconds * WARM_UP_PART)) * 1000);
  return [
    { name: 'warm-up', fromMs: 0, toMs: warmUpMs, judged: false },
    { name: 'baseline', fromMs: warmUpMs, toMs: warmUpMs + Math.round(judgedSeconds * 1000), judged: true },
  ];
}

/** A gating claim that physics forbids would fail whatever the target does: said before anything is sent. */
function refuseInfeasible(target: Target, scene: Scene, claims: PlanClaim[], cells: PlanCell[]): void {
  const forbidden = cells.filter((cell) => cell.infeasible && claims[cell.claim]!.gating);
  const worst = forbidden.toSorted((a, b) => b.floorMs! - a.floorMs!)[0];
  if (!worst) return;
  const claim = claims[worst.claim]!;
  const subject = SUBJECTS[claim.per].ids({ ...scene, target })[worst.subject]!;
  const others = forbidden.length > 1 ? ` (and ${forbidden.length - 1} more cells)` : '';
  throw usageError({
    what: `claim ${claim.id} is gating, and physics forbids it for ${subject}${others}`,
    where: `target ${target.name}`,
    got: `a limit of ${worst.limitMs!.toFixed(0)} ms`,
    expected: `at least the floor of ${worst.floorMs!.toFixed(0)} ms there`,
    next: `Raise limitMs of claim ${claim.id}, or set \`gating: false\`.`,
  });
}
