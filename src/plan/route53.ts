/**
 * How long health checks and DNS alone take to move clients away from a lost region: arithmetic on declared values, not
 * a measurement. Sources: the Route 53 developer guide (how health checks decide, values of RequestInterval and
 * FailureThreshold, timeouts) and reference/chaos-slo.md 3.3 ("RTO floor": detection + TTL + age of connections).
 *
 *   found     A fault begins somewhere between two checks, and `threshold` checks in a row must fail:
 *             (threshold - 1) x interval to threshold x interval, plus the time until a hanging check fails: once where
 *             the interval counts from begin to begin, for every check where it counts from the end.
 *   moved     A city's resolver then serves its cached answer for 0 to one TTL. `fresh` queries it before every
 *             request, `ttl` when its answer expires, which is the same instant; `sticky` when one of its requests has
 *             failed: at once where connections are refused, after its timeout where they hang. `direct` never moves.
 *   elsewhere Recovery is read from the ends of requests (the failover clock), so a request that was sent just before
 *             the move and hangs counts until its timeout.
 *
 * Left out, because no file declares them: the seconds that Route 53 takes to update its name servers, its many
 * checkers (82 % of which must agree; they are within the same span), resolvers that keep answers beyond their TTL.
 */
import type { Target } from '../config/types.ts';
import type { ClientHarm, PlanFault } from '../formats/faults.ts';
import type { HealthCheck } from '../formats/plan.ts';
import { COHORTS, type Cohort } from '../formats/timetable.ts';

/** Bounds of an instant after the fault takes effect, ms. `most` is Infinity where it may never come. */
export interface Span {
  least: number;
  most: number;
}

/** How a region is lost, from the view of health checks and of clients. */
export interface Loss {
  /** A health check passes, is refused, hangs while connecting, gets no response, or fails only some of the time. */
  checks: 'pass' | 'refused' | 'hang' | 'unanswered' | 'sometimes';
  /** A request fails at once, hangs until its timeout, or gets a late response. */
  requests: 'fail' | 'hang' | 'late';
}

/** When health checks and DNS move the clients of a lost region. */
export interface Moves {
  /** Until DNS no longer returns the region. */
  found: Span;
  /** By cohort, until it is served elsewhere; null = never, whatever DNS returns. */
  cohorts: Record<Cohort, Span | null>;
}

/** Timeouts of a Route 53 HTTP check: a response within 2 s of the connection, a connection within 4 s. */
const ROUTE53_HANGS_MS = { least: 2_000, most: 4_000 };

/** The health checks that a target declares; null without any. Route 53 counts intervals from the end of a check. */
export const route53Check = (declared: Target['routing']['healthCheck']): HealthCheck | null =>
  declared && {
    intervalMs: declared.intervalSeconds * 1000,
    threshold: declared.failureThreshold,
    hangsForMs: ROUTE53_HANGS_MS,
    intervalFrom: 'end',
  };

/**
 * How checks and requests see the loss of a region, by what its fault does to clients. A response later than the
 * timeout of a check fails the check, later than the timeout of a client it fails the request. Where only some
 * connections are affected, a check may use one that works.
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

/** When health checks detect the fault, after it takes effect. */
export function found(check: HealthCheck, checks: Loss['checks']): Span {
  const { intervalMs, threshold, hangsForMs, intervalFrom } = check;
  if (checks === 'pass') return { least: Infinity, most: Infinity };
  const hangs = checks === 'refused' ? { least: 0, most: 0 } : hangsForMs;
  const times = intervalFrom === 'end' ? threshold : 1;
  const least = (threshold - 1) * intervalMs + times * hangs.least;
  if (checks === 'sometimes') return { least, most: Infinity };
  // A region with late responses still accepts connections, so the response timeout applies.
  return { least, most: threshold * intervalMs + times * (checks === 'unanswered' ? hangs.least : hangs.most) };
}

/** When clients are served elsewhere, by cohort. `timeoutMs`: the shortest and the longest timeout of a request. */
export function moves(check: HealthCheck, ttlMs: number, loss: Loss, timeoutMs: Span): Moves {
  const at = found(check, loss.checks);
  const most = at.most + ttlMs + (loss.requests === 'hang' ? timeoutMs.most : 0);
  const byName = { least: at.least, most };
  const broken = { least: loss.requests === 'hang' ? Math.max(at.least, timeoutMs.least) : at.least, most };
  // A connection with late responses does not break, so sticky clients keep it.
  const sticky = loss.requests === 'late' ? null : broken;
  return { found: at, cohorts: { fresh: byName, ttl: byName, sticky, direct: null } };
}

/**
 * When the slowest cohort that can move has moved: a limit below `least` cannot be met, one below `most` may be
 * exceeded by health checks and DNS alone.
 */
export function slowest({ cohorts }: Moves): Span {
  const spans = COHORTS.flatMap((cohort) => cohorts[cohort] ?? []);
  return { least: Math.max(...spans.map(({ least }) => least)), most: Math.max(...spans.map(({ most }) => most)) };
}
