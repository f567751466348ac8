/** The claims of a target without `claims:` (DESIGN section 6): those that its operations can decide. */
import { HEADLINE_LIMIT_MS } from '../formats/claims.ts';
import { OPERATION_CLASSES, type OperationClass } from '../formats/plan.ts';
import type { Target, TargetClaim } from './types.ts';

/** The operations that measure staleness: a known record is written, then read past every cache. */
export const TRACER_OPERATIONS = ['tracer-write', 'tracer-read'] as const;

const STALENESS_MS = 500;

/** Default claims of a target. A claim that the target cannot measure is left out. */
export function defaultClaims(target: Omit<Target, 'claims'>): TargetClaim[] {
  const classes = OPERATION_CLASSES.filter((c) => target.operations.some((o) => o.class === c));
  const routed = classes.filter((c) => c !== 'static');
  const base = {
    per: 'region',
    gating: true,
    maxBadShare: 0.01,
    limitMs: null,
    plusPrimaryRoundTrip: false,
    maxCount: null,
  } as const;
  const p99 = (id: string, what: OperationClass, plusPrimaryRoundTrip: boolean): TargetClaim => ({
    ...base,
    id,
    title: `${what}s p99 <= ${HEADLINE_LIMIT_MS} ms ${plusPrimaryRoundTrip ? 'plus the round trip to the primary' : 'in the region'}`,
    kind: 'latency',
    classes: [what],
    vantage: 'region',
    limitMs: HEADLINE_LIMIT_MS,
    plusPrimaryRoundTrip,
  });
  const claims: TargetClaim[] = [];
  if (classes.includes('read')) claims.push(p99('read-p99', 'read', false));
  if (classes.includes('write')) claims.push(p99('write-p99', 'write', target.primary !== null));
  claims.push({
    ...base,
    id: 'availability',
    title: '99.9 % of all requests get the expected response',
    kind: 'availability',
    classes,
    vantage: 'any',
    maxBadShare: 0.001,
  });
  if (routed.length > 0 && target.observe.region !== '') {
    claims.push({
      ...base,
      id: 'home-share',
      title: '99 % of requests served by their home region',
      kind: 'home-share',
      classes: routed,
      vantage: 'client',
    });
  }
  const hasTracers = TRACER_OPERATIONS.every((name) => target.operations.some((o) => o.name === name));
  if (hasTracers && target.regions.some((r) => r.replica)) {
    claims.push({
      ...base,
      id: 'staleness',
      title: `99 % of replica reads at most ${STALENESS_MS} ms behind`,
      kind: 'staleness',
      classes: ['read'],
      vantage: 'any',
      limitMs: STALENESS_MS,
    });
  }
  claims.push({
    ...base,
    id: 'client-p99',
    title: `reads p99 <= ${HEADLINE_LIMIT_MS} ms for the users of each city`,
    kind: 'latency',
    classes: ['read'],
    vantage: 'client',
    per: 'origin',
    gating: false,
    limitMs: HEADLINE_LIMIT_MS,
  });
  return claims;
}
