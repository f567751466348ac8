/** The operations of a run, and the minimum and estimated time that one takes. */
import { TRACER_OPERATIONS } from '../config/default-claims.ts';
import type { Target } from '../config/types.ts';
import { usageError } from '../errors.ts';
import type { Cohort } from '../formats/timetable.ts';
import { EDGE_RTT_MS, type PlanOperation, type PlanOrigin, type RunPlan } from '../formats/plan.ts';
import { templateParts } from '../formats/template.ts';
import { meanLastMileMs } from './geography.ts';

/** The harness's own echo, requested by the control series: its latency is overhead of the generator alone. */
const CONTROL: PlanOperation = {
  name: 'control-echo',
  class: 'static',
  kind: 'request',
  method: 'GET',
  path: '/echo',
  body: null,
  headers: {},
  expect: [200],
  timeoutMs: 5000,
  steps: [],
  via: 'region',
  redirects: 'none',
  answer: null,
  isOfTenant: false,
};

/** The target's operations and, last, the control series' echo. */
export function planOperations(target: Target): PlanOperation[] {
  if (target.operations.some(({ name }) => name === CONTROL.name)) {
    throw usageError({
      what: `operation name \`${CONTROL.name}\` is reserved for Antipode`,
      where: `target ${target.name}`,
      next: 'Rename your operation.',
    });
  }
  // Without an edge the regions serve static assets.
  const hasEdge = target.world !== null || target.edgeUrl !== null;
  const own = target.operations.map((o): PlanOperation => ({
    name: o.name,
    class: o.class,
    kind: o.journey === null ? 'request' : 'journey',
    method: o.method,
    path: o.path,
    body: o.body,
    headers: o.headers,
    expect: o.expect,
    timeoutMs: o.timeoutMs,
    steps: o.steps.map((step) => target.operations.findIndex(({ name }) => name === step)),
    via: hasEdge ? o.via : 'region',
    redirects: o.redirects,
    answer: o.answer,
    isOfTenant: [o.path, o.body ?? '', ...Object.values({ ...target.headers, ...o.headers })].some(
      hasTenantPlaceholder,
    ),
  }));
  return [...own, CONTROL];
}

const hasTenantPlaceholder = (template: string): boolean =>
  templateParts(template).some((part) => part.kind === 'placeholder' && part.name === 'tenant');

/** Index of an operation that a block of the target names. Usage error if the target does not have it. */
export function declaredOperation(
  target: Pick<Target, 'name'>,
  operations: PlanOperation[],
  block: 'ledger' | 'session' | 'carts',
  wanted: string,
): number {
  // A cart is edited by a journey; everything else is one request.
  const fits = ({ name, kind }: PlanOperation): boolean =>
    name !== CONTROL.name && (kind === 'request' || block === 'carts');
  const found = operations.findIndex((operation) => operation.name === wanted && fits(operation));
  if (found >= 0) return found;
  throw usageError({
    where: `${block} of target ${target.name}`,
    what: 'unknown operation',
    got: `\`${wanted}\``,
    expected: `one of ${operations
      .filter(fits)
      .map(({ name }) => name)
      .join(', ')}`,
  });
}

/** Indices of the operations that measure staleness; null where the target has none. */
export function tracerOperations(operations: PlanOperation[]): { write: number; read: number } | null {
  const [write, read] = TRACER_OPERATIONS.map((name) => operations.findIndex((o) => o.name === name));
  return write! >= 0 && read! >= 0 ? { write: write!, read: read! } : null;
}

export const controlOperation = (operations: PlanOperation[]): number => operations.length - 1;

/** The requests that one row of an operation sends: itself, or a journey's steps. */
export const requestsOf = (operations: PlanOperation[], operation: number): PlanOperation[] => {
  const planned = operations[operation]!;
  return planned.kind === 'journey' ? planned.steps.map((step) => operations[step]!) : [planned];
};

/**
 * The minimum latency of a request from an origin to its home region on a warm connection, ms: the round trip (to the
 * edge's point of presence for operations via the edge) and for a write the round trip to the primary; last mile not
 * included.
 */
export function minLatencyMs(plan: Pick<RunPlan, 'regions'>, origin: PlanOrigin, request: PlanOperation): number {
  if (origin.kind === 'control') return 0;
  if (request.via === 'edge') return origin.kind === 'city' ? EDGE_RTT_MS : 0;
  const toPrimaryMs = request.class === 'write' ? (plan.regions[origin.homeRegion]!.rttToPrimaryMs ?? 0) : 0;
  return origin.rttMs[origin.homeRegion]! + toPrimaryMs;
}

/** Estimated service time of a request, ms; only used to space the requests of one user. */
const SERVICE_MS = 20;

/**
 * How long one row is estimated to keep its client busy, ms: for each of its requests minimum latency, last mile and
 * service time, and one more round trip where the cohort opens a connection for every request.
 */
export function estimatedBusyMs(
  plan: Pick<RunPlan, 'regions' | 'operations'>,
  origin: PlanOrigin,
  operation: number,
  cohort: Cohort,
): number {
  const lastMileMs = meanLastMileMs(origin);
  let total = 0;
  for (const request of requestsOf(plan.operations, operation)) {
    const pathMs = request.via === 'edge' ? EDGE_RTT_MS : origin.rttMs[origin.homeRegion]!;
    const connectMs = cohort === 'fresh' ? pathMs + lastMileMs : 0;
    total += minLatencyMs(plan, origin, request) + lastMileMs + SERVICE_MS + connectMs;
  }
  return total;
}
