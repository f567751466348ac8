/**
 * Routing as Route 53's latency policy does it, with distance for latency and a table where that errs: the nearest
 * region whose health checks pass; if none does, the nearest (Route 53 fails open).
 */
import { type Defect, misrouted } from './defects.ts';
import { REGIONS } from './regions.ts';

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

/** The regions that answers may name, from what their health checks say. */
export class InService {
  private readonly defect: Defect;
  private readonly down = new Set<string>();
  /** Regions that may be named; never empty. */
  answering = ALL;

  constructor(defect: Defect) {
    this.defect = defect;
  }

  /** Takes what the checks of a region came to, and returns the regions that went out of the answers or came back. */
  observe(region: string, health: 'down' | 'up'): { region: string; detail: string }[] {
    if (health === 'down') this.down.add(region);
    else if (this.defect !== 'no-fail-back') this.down.delete(region);
    if (this.defect === 'no-failover') return [];
    const before = this.answering;
    const up = [...ALL].filter((id) => !this.down.has(id));
    this.answering = up.length > 0 ? new Set(up) : ALL;
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
