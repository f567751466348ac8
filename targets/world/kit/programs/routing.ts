/**
 * Routing like Route 53's latency policy: the nearest region whose health checks pass, or the nearest of all if none
 * passes (Route 53 fails open). Distance stands in for latency, with a table of exceptions.
 */
import { type CheckRhythm, RHYTHMS } from '../health-check.ts';
import type { Region } from '../topology.ts';
import type { Speed } from '../world.ts';

export type Place = Pick<Region, 'id' | 'lat' | 'lon'>;

/** Planted defect: clients in this city, or those nearest to this region, are routed to another region. */
export interface Misroute {
  city?: string;
  nearest?: string;
  to: string;
}

/** How the edge of a world routes. */
export interface Routing {
  /** TTL of an answer, seconds. */
  ttlSeconds: number;
  rhythm: CheckRhythm;
  /** Cities where latency does not follow distance, with their regions nearest by latency first. */
  byLatency: Readonly<Record<string, readonly string[]>>;
  misroutes: readonly Misroute[];
  /** Whether a region is removed when it fails its health checks, and added back when it passes them again. */
  removesUnhealthy: boolean;
  restoresHealthy: boolean;
}

const TTL_SECONDS: Readonly<Record<Speed, number>> = { fast: 5, real: 60 };

/** Routing without planted defects. */
export const defaultRouting = (speed: Speed, byLatency: Routing['byLatency'] = {}): Routing => ({
  ttlSeconds: TTL_SECONDS[speed],
  rhythm: RHYTHMS[speed],
  byLatency,
  misroutes: [],
  removesUnhealthy: true,
  restoresHealthy: true,
});

/** The city of the client; coordinates in degrees. */
export interface ClientCity {
  city: string;
  lat: number;
  lon: number;
}

/** The region that the name resolves to for this client, out of the regions in `answering`. */
export function resolve(
  { city, lat, lon }: ClientCity,
  regions: readonly Place[],
  { byLatency, misroutes }: Pick<Routing, 'byLatency' | 'misroutes'>,
  answering: ReadonlySet<string>,
): string {
  const home = byLatency[city]?.find((region) => answering.has(region)) ?? nearest(lat, lon, regions, answering);
  const misroute = misroutes.find((one) => one.city === city || one.nearest === home);
  return misroute && answering.has(misroute.to) ? misroute.to : home;
}

/** A region that was removed from routing or added back. */
export interface Switched {
  region: string;
  detail: string;
}

/** The regions in routing, from their health checks and manual evacuations. */
export class InService {
  private readonly all: ReadonlySet<string>;
  private readonly routing: Pick<Routing, 'removesUnhealthy' | 'restoresHealthy'>;
  private readonly down = new Set<string>();
  private readonly evacuated = new Set<string>();
  /** Regions in routing; never empty. */
  answering: ReadonlySet<string>;

  constructor(regions: readonly Pick<Region, 'id'>[], routing: Pick<Routing, 'removesUnhealthy' | 'restoresHealthy'>) {
    this.all = this.answering = new Set(regions.map(({ id }) => id));
    this.routing = routing;
  }

  /** Applies a health change; returns the regions that were removed from routing or added back. */
  observe(region: string, health: 'down' | 'up'): Switched[] {
    if (health === 'down') this.down.add(region);
    else if (this.routing.restoresHealthy) this.down.delete(region);
    return this.changed();
  }

  /** Evacuates a region, or lets its health checks decide again; returns the same as `observe`. Idempotent. */
  evacuate(region: string, isOut: boolean): Switched[] {
    if (isOut) this.evacuated.add(region);
    else this.evacuated.delete(region);
    return this.changed();
  }

  /** If no region is healthy it fails open to those not evacuated; if all are evacuated, to all. */
  private changed(): Switched[] {
    const before = this.answering;
    const heeded = this.routing.removesUnhealthy ? this.down : new Set<string>();
    const staying = [...this.all].filter((id) => !this.evacuated.has(id));
    const up = staying.filter((id) => !heeded.has(id));
    this.answering = new Set<string>([up, staying, [...this.all]].find((some) => some.length > 0));
    return [...this.all]
      .filter((id) => before.has(id) !== this.answering.has(id))
      .map((id) => ({
        region: id,
        detail: !this.answering.has(id)
          ? 'removed'
          : up.length > 0
            ? 'returned'
            : 'returned: no region is healthy, routing fails open',
      }));
  }
}

function nearest(lat: number, lon: number, regions: readonly Place[], answering: ReadonlySet<string>): string {
  let best: Place | null = null;
  for (const region of regions) {
    if (!answering.has(region.id)) continue;
    if (!best || centralAngle(lat, lon, region) < centralAngle(lat, lon, best)) best = region;
  }
  return best!.id;
}

/** Angle between two points seen from the centre of the Earth, radians (haversine). */
function centralAngle(lat: number, lon: number, to: { lat: number; lon: number }): number {
  const rad = Math.PI / 180;
  const h =
    Math.sin(((to.lat - lat) * rad) / 2) ** 2 +
    Math.cos(lat * rad) * Math.cos(to.lat * rad) * Math.sin(((to.lon - lon) * rad) / 2) ** 2;
  return 2 * Math.asin(Math.sqrt(h));
}
