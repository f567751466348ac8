/**
 * Routing as Route 53's latency policy does it, with distance for latency and a table where that errs: the nearest
 * region whose health checks pass; if none does, the nearest (Route 53 fails open).
 */
import { type CheckRhythm, RHYTHMS } from '../health-check.ts';
import type { Region } from '../topology.ts';
import type { Speed } from '../world.ts';

export type Place = Pick<Region, 'id' | 'lat' | 'lon'>;

/** Planted: people of this city, or whose nearest region is this one, are sent to another. */
export interface Misroute {
  city?: string;
  nearest?: string;
  to: string;
}

/** What the edge of a world answers. */
export interface Routing {
  /** How long an answer may be believed, seconds. */
  ttlSeconds: number;
  rhythm: CheckRhythm;
  /** Cities whose packets do not go the short way on the map, with the regions nearest by latency. */
  byLatency: Readonly<Record<string, readonly string[]>>;
  misroutes: readonly Misroute[];
  /** Whether a region that fails its health checks is taken out of the answers, and put back when it passes them. */
  heedsHealth: boolean;
  takesBack: boolean;
}

const TTL_SECONDS: Readonly<Record<Speed, number>> = { fast: 5, real: 60 };

/** Routing without a bug in it. */
export const soundRouting = (speed: Speed, byLatency: Routing['byLatency'] = {}): Routing => ({
  ttlSeconds: TTL_SECONDS[speed],
  rhythm: RHYTHMS[speed],
  byLatency,
  misroutes: [],
  heedsHealth: true,
  takesBack: true,
});

/** Who asks: a city at these coordinates, degrees. */
export interface Asker {
  city: string;
  lat: number;
  lon: number;
}

/** The region that the name resolves to, of those that answers may name. */
export function resolve(
  { city, lat, lon }: Asker,
  regions: readonly Place[],
  { byLatency, misroutes }: Pick<Routing, 'byLatency' | 'misroutes'>,
  answering: ReadonlySet<string>,
): string {
  const home = byLatency[city]?.find((region) => answering.has(region)) ?? nearest(lat, lon, regions, answering);
  const misroute = misroutes.find((one) => one.city === city || one.nearest === home);
  return misroute && answering.has(misroute.to) ? misroute.to : home;
}

/** A region that went out of the answers or came back. */
export interface Switched {
  region: string;
  detail: string;
}

/** The regions that answers may name, from what their health checks say and from what was decided by hand. */
export class InService {
  private readonly all: ReadonlySet<string>;
  private readonly routing: Pick<Routing, 'heedsHealth' | 'takesBack'>;
  private readonly down = new Set<string>();
  private readonly evacuated = new Set<string>();
  /** Regions that may be named; never empty. */
  answering: ReadonlySet<string>;

  constructor(regions: readonly Pick<Region, 'id'>[], routing: Pick<Routing, 'heedsHealth' | 'takesBack'>) {
    this.all = this.answering = new Set(regions.map(({ id }) => id));
    this.routing = routing;
  }

  /** Takes what the checks of a region came to, and returns the regions that went out of the answers or came back. */
  observe(region: string, health: 'down' | 'up'): Switched[] {
    if (health === 'down') this.down.add(region);
    else if (this.routing.takesBack) this.down.delete(region);
    return this.changed();
  }

  /** Takes a region out by hand, or leaves it to its health checks again; returns as observe does. Idempotent. */
  evacuate(region: string, isOut: boolean): Switched[] {
    if (isOut) this.evacuated.add(region);
    else this.evacuated.delete(region);
    return this.changed();
  }

  /** Where nothing healthy is left, what was taken out by hand stays out before it fails open altogether. */
  private changed(): Switched[] {
    const before = this.answering;
    const heeded = this.routing.heedsHealth ? this.down : new Set<string>();
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
            : 'returned: no region is healthy, all are named',
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
