/** One fault of an experiment's file, against a target: its parameters checked by its kind, and where it is to act. */
import type { Target } from '../src/config/types.ts';
import type { FaultDriver, FaultKind, FaultSite, PlanFault } from '../src/formats/faults.ts';
import { type FaultMistake, type FaultPlace, throughFis } from './experiment-fis.ts';
import type { Fault } from './fault.ts';
import { FAULTS } from './faults/index.ts';
import { sitesOf } from './sites.ts';

interface FaultAsked {
  number: number;
  kind: FaultKind;
  /** As written, before the kind's schema. */
  params: Record<string, unknown>;
  fromMs: number;
  toMs: number;
}

/** The fault of a plan; or the mistake. With the driver `fis` it is what FIS really does, and where that is seen. */
export function resolveFault(asked: FaultAsked, target: Target, driver: FaultDriver): PlanFault | FaultMistake {
  const { number, kind, fromMs, toMs } = asked;
  const fault = FAULTS[kind];
  const parsed = fault.params.safeParse(asked.params);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    return {
      what: `${kind} (${fault.title}) cannot have these parameters`,
      got: `${path.join('.') || 'they'}: ${message}`,
    };
  }
  const given = parsed.data as Record<string, unknown>;
  const unknown = unknownRegion(fault, given, target);
  if (unknown) return unknown;
  const place = driver === 'fis' ? throughFis(fault, given, toMs - fromMs, target) : byOurselves(fault, given, target);
  if ('what' in place) return place;
  const { params, sites } = place;
  const harm = fault.hurts(params);
  // A world's routing is its own: whether its clients feel a fault is what is tested there.
  const mustBeFelt = driver === 'own' && target.world === null;
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
    ...(harm && mustBeFelt ? { hurts: harm } : {}),
  };
}

function unknownRegion(fault: Fault<unknown>, params: unknown, target: Target): FaultMistake | null {
  const known = target.regions.map(({ id }) => id);
  const named = fault.regions(params);
  const unknown = named === 'all' ? [] : named.filter((id) => !known.includes(id));
  if (unknown.length === 0) return null;
  return {
    what: `target ${target.name} has no such region`,
    got: unknown.join(', '),
    expected: `one of ${known.join(', ')}`,
  };
}

function byOurselves(
  fault: Fault<unknown>,
  params: Record<string, unknown>,
  target: Target,
): FaultPlace | FaultMistake {
  const sites = fault.select(sitesOf(target), params);
  if (typeof sites !== 'string') return { params, sites };
  return {
    what: `target ${target.name} cannot be broken like this`,
    got: sites,
    next: 'List the link under `toxiproxies:` of the target, or choose another fault.',
  };
}

/** Of a fault in all regions, those in which there is something to break. */
function regionsOf(fault: Fault<unknown>, params: unknown, sites: FaultSite[]): string[] {
  const named = fault.regions(params);
  return named === 'all' ? [...new Set(sites.map(({ region }) => region))] : named;
}
