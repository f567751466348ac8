/**
 * Routing as Route 53's latency policy does it, with distance for latency and a table where that errs: the nearest
 * region whose health checks pass; if none does, the nearest (Route 53 fails open).
 */
import { type Defect, misrouted } from '../../active-active/defects.ts';
import { REGIONS } from '../../active-active/regions.ts';

/**
 * Cities whose packets do not go the short way on the map, with the regions nearest by latency: the cables of the Cape
 * run up Africa's west coast, those of Japan cross the Pacific, the Levant is no nearer to Singapore than to Virginia.
 */
const BY_LATENCY: Readonly<Record<string, readonly string[]>> = {
  'cape-town': ['eu-west-1'],
  tokyo: ['ap-southeast-1', 'us-east-1'],
  osaka: ['ap-southeast-1', 'us-east-1'],
  amman: ['eu-west-1', 'us-east-1'],
  cairo: ['eu-west-1', 'us-east-1'],
  'tel-aviv': ['eu-west-1', 'us-east-1'],
};

const ALL: ReadonlySet<string> = new Set(REGIONS.map(({ id }) => id));

/** The region that the name resolves to for someone in this city at these coordinates (degrees). */
export function resolve(
  city: string,
  lat: number,
  lon: number,
  defect: Defect,
  answering: ReadonlySet<string> = ALL,
): string {
  const byLatency = BY_LATENCY[city]?.find((region) => answering.has(region));
  return misrouted(defect, city, byLatency ?? nearest(lat, lon, answering), answering);
}

/** A region that went out of the answers or came back. */
export interface Switched {
  region: string;
  detail: string;
}

/** The regions that answers may name, from what their health checks say and from what was decided by hand. */
export class InService {
  private readonly defect: Defect;
  private readonly down = new Set<string>();
  private readonly evacuated = new Set<string>();
  /** Regions that may be named; never empty. */
  answering = ALL;

  constructor(defect: Defect) {
    this.defect = defect;
  }

  /** Takes what the checks of a region came to, and returns the regions that went out of the answers or came back. */
  observe(region: string, health: 'down' | 'up'): Switched[] {
    if (health === 'down') this.down.add(region);
    else if (this.defect !== 'no-fail-back') this.down.delete(region);
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
    const heeded = this.defect === 'no-failover' ? new Set<string>() : this.down;
    const staying = [...ALL].filter((id) => !this.evacuated.has(id));
    const up = staying.filter((id) => !heeded.has(id));
    this.answering = new Set<string>([up, staying, [...ALL]].find((some) => some.length > 0));
    return [...ALL]
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

function nearest(lat: number, lon: number, answering: ReadonlySet<string>): string {
  let best: (typeof REGIONS)[number] | null = null;
  for (const region of REGIONS) {
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
