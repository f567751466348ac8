/**
 * How long health checks and names alone take to move clients away from a region that is lost: arithmetic over what is
 * declared, no measurement. Sources: the Route 53 developer guide (how health checks decide, values of RequestInterval
 * and FailureThreshold, time-outs) and reference/chaos-slo.md 3.3 ("RTO floor": detection + TTL + age of connections).
 *
 *   found     A fault begins somewhere between two checks, and `threshold` checks in a row must fail:
 *             (threshold - 1) x interval to threshold x interval, and the time that a check hangs before it has failed,
 *             once where the interval counts from begin to begin, with every check where it counts from the end.
 *   moved     From then on a city's resolver goes on with what it has for 0 to one TTL. `fresh` asks it before every
 *             request, `ttl` when its answer has run out, which is the same instant; `sticky` when a request of its own
 *             has failed: at once where connections are refused, after its time-out where they hang. `direct` never
 *             moves.
 *   elsewhere Recovery is read from the ends of requests (the failover clock), so that what was sent just before the
 *   move
 *             and hangs counts until its time-out.
 *
 * Left out, because no file declares them: the seconds in which Route 53 tells its name servers, its many checkers (82
 * % of which must agree; they lie within the same span), resolvers that keep names longer than they may.
 */
import type { Target } from '../config/types.ts';
import type { ClientHarm, PlanFault } from '../formats/faults.ts';
import type { HealthCheck } from '../formats/plan.ts';
import { COHORTS, type Cohort } from '../formats/timetable.ts';

/** From the bite, ms. `most` is Infinity where it may never happen. */
export interface Span {
  least: number;
  most: number;
}

/** How a region is lost, as far as checks and requests can tell. */
export interface Loss {
  /** What a health check finds: nothing, a failure at once, one after its time-out, or one now and then. */
  checks: 'pass' | 'refused' | 'hang' | 'unanswered' | 'sometimes';
  /** What a client finds: a failure at once, nothing until its time-out, or an answer that is late. */
  requests: 'fail' | 'hang' | 'late';
}

/** What health checks and names do to the clients of a lost region. */
export interface Moves {
  /** Until the region is no longer named. */
  found: Span;
  /** By cohort, until it is served elsewhere; null = never, whatever the names say. */
  cohorts: Record<Cohort, Span | null>;
}

/** Of a Route 53 HTTP check: an answer within 2 s of the connection, a connection within 4 s. */
const ROUTE53_HANGS_MS = { least: 2_000, most: 4_000 };

/** The health checks that a target declares; null if it declares none. Route 53 counts from the end of a check. */
export const route53Check = (declared: Target['routing']['healthCheck']): HealthCheck | null =>
  declared && {
    intervalMs: declared.intervalSeconds * 1000,
    threshold: declared.failureThreshold,
    hangsForMs: ROUTE53_HANGS_MS,
    intervalFrom: 'end',
  };

/**
 * What the loss of a region is to checks and requests, by what its fault does to clients. An answer that is later than
 * a check waits is a failed check, later than a client waits a failed request; of a region that hurts only some
 * connections a check may meet those that work.
 */
export function lossOf(
  { harm, hangs }: Pick<PlanFault, 'harm' | 'hangs'>,
  check: HealthCheck,
  longestTimeoutMs: number,
): Loss {
  const lateMs = hangs ? Infinity : (harm?.slowerByMs ?? null);
  if (lateMs === null) return { checks: someOf(harm, 'refused'), requests: 'fail' };
  const requests = lateMs >= longestTimeoutMs ? 'hang' : 'late';
  if (lateMs < check.hangsForMs.least) return { checks: 'pass', requests };
  return { checks: someOf(harm, hangs ? 'hang' : 'unanswered'), requests };
}

const someOf = (harm: ClientHarm | null, checks: Loss['checks']): Loss['checks'] =>
  harm !== null && harm.share < 1 ? 'sometimes' : checks;

/** When the checks have found it, from the bite. */
export function found(check: HealthCheck, checks: Loss['checks']): Span {
  const { intervalMs, threshold, hangsForMs, intervalFrom } = check;
  if (checks === 'pass') return { least: Infinity, most: Infinity };
  const hangs = checks === 'refused' ? { least: 0, most: 0 } : hangsForMs;
  const times = intervalFrom === 'end' ? threshold : 1;
  const least = (threshold - 1) * intervalMs + times * hangs.least;
  if (checks === 'sometimes') return { least, most: Infinity };
  // A region that answers late accepts connections: then it is the answer that is waited for.
  return { least, most: threshold * intervalMs + times * (checks === 'unanswered' ? hangs.least : hangs.most) };
}

/** Until clients are served elsewhere, by cohort. `timeoutMs`: the shortest and the longest time-out of a request. */
export function moves(check: HealthCheck, ttlMs: number, loss: Loss, timeoutMs: Span): Moves {
  const at = found(check, loss.checks);
  const most = at.most + ttlMs + (loss.requests === 'hang' ? timeoutMs.most : 0);
  const byName = { least: at.least, most };
  const broken = { least: loss.requests === 'hang' ? Math.max(at.least, timeoutMs.least) : at.least, most };
  // A connection on which answers are only late does not break, and so is never left.
  const sticky = loss.requests === 'late' ? null : broken;
  return { found: at, cohorts: { fresh: byName, ttl: byName, sticky, direct: null } };
}

/**
 * Until the slowest cohort that can move has moved: no limit below `least` can be held, one below `most` may be broken
 * by health checks and names alone.
 */
export function slowest({ cohorts }: Moves): Span {
  const spans = COHORTS.flatMap((cohort) => cohorts[cohort] ?? []);
  return { least: Math.max(...spans.map(({ least }) => least)), most: Math.max(...spans.map(({ most }) => most)) };
}
