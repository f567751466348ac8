/** Nearest-region routing: what Route 53's latency policy does, with distance for latency and a table where that errs. */
import { type Defect, misrouted } from './defects.ts';
import { REGIONS } from './regions.ts';

/** Cities whose packets do not go the short way on the map: the cables of the Cape run up Africa's west coast. */
const BY_LATENCY: Readonly<Record<string, string>> = { 'cape-town': 'eu-west-1' };

/** The region that the name resolves to for someone in this city at these coordinates (degrees). */
export function resolve(city: string, lat: number, lon: number, defect: Defect): string {
  return misrouted(defect, city, BY_LATENCY[city] ?? nearest(lat, lon));
}

function nearest(lat: number, lon: number): string {
  let best = REGIONS[0]!;
  for (const region of REGIONS) if (centralAngle(lat, lon, region) < centralAngle(lat, lon, best)) best = region;
  return best.id;
}

/** Angle between two points seen from the centre of the Earth, radians (haversine). */
function centralAngle(lat: number, lon: number, to: { lat: number; lon: number }): number {
  const rad = Math.PI / 180;
  const h =
    Math.sin(((to.lat - lat) * rad) / 2) ** 2 +
    Math.cos(lat * rad) * Math.cos(to.lat * rad) * Math.sin(((to.lon - lon) * rad) / 2) ** 2;
  return 2 * Math.asin(Math.sqrt(h));
}
