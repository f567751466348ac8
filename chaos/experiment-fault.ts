/** One fault of an experiment file, resolved against a target: parameters checked by its kind, sites selected. */
import type { Target } from '../src/config/types.ts';
import type { FaultDriver, FaultKind, FaultSite, PlanFault } from '../src/formats/faults.ts';
import { type FaultMistake, type FaultPlace, throughFis } from './experiment-fis.ts';
import type { Fault } from './fault.ts';
import { FAULTS } from './faults/index.ts';
import { sitesOf } from './sites.ts';

interface RequestedFault {
  number: number;
  kind: FaultKind;
  /** As written, not yet parsed by the kind's schema. */
  params: Record<string, unknown>;
  fromMs: number;
  toMs: number;
}

/** The fault of a plan, or the mistake. With the driver `fis`: what FIS really does, and where probes observe it. */
export function resolveFault(requested: RequestedFault, target: Target, driver: FaultDriver): PlanFault | FaultMistake {
  const { number, kind, fromMs, toMs } = requested;
  const fault = FAULTS[kind];
  const parsed = fault.params.safeParse(requested.params);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    return {
      what: `invalid parameters for ${kind} (${fault.title})`,
      got: `${path.join('.') || 'parameters'}: ${message}`,
    };
  }
  const given = parsed.data as Record<string, unknown>;
  const unknown = unknownRegion(fault, given, target);
  if (unknown) return unknown;
  const place =
    driver === 'fis' ? throughFis(fault, given, toMs - fromMs, target) : withOwnDrivers(fault, given, target);
  if ('what' in place) return place;
  const { params, sites } = place;
  const harm = fault.hurts(params);
  // In a world, whether routing keeps a fault from clients is what is tested.
  const mustAffectClients = driver === 'own' && target.world === null;
  return {
    number,
    kind,
    params,
    sites,
    regions: regionsOf(fault, params, sites),
    hangs: fault.hangs(params),
    harm,
    fromMs,
    toMs,
    ...(harm && mustAffectClients ? { hurts: harm } : {}),
  };
}

function unknownRegion(fault: Fault<unknown>, params: unknown, target: Target): FaultMistake | null {
  const known = target.regions.map(({ id }) => id);
  const named = fault.regions(params);
  const unknown = named === 'all' ? [] : named.filter((id) => !known.includes(id));
  if (unknown.length === 0) return null;
  return {
    what: 'unknown region',
    got: unknown.join(', '),
    expected: `one of ${known.join(', ')}`,
  };
}

function withOwnDrivers(
  fault: Fault<unknown>,
  params: Record<string, unknown>,
  target: Target,
): FaultPlace | FaultMistake {
  const sites = fault.select(sitesOf(target), params);
  if (typeof sites !== 'string') return { params, sites };
  return {
    what: `this fault cannot be injected into target ${target.name}`,
    got: sites,
    next: 'List the link under `toxiproxies:` of the target, or choose another fault.',
  };
}

/** For a fault in all regions: those that have a site. */
function regionsOf(fault: Fault<unknown>, params: unknown, sites: FaultSite[]): string[] {
  const named = fault.regions(params);
  return named === 'all' ? [...new Set(sites.map(({ region }) => region))] : named;
}
