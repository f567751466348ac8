/** Distances over the surface of the earth. */

/** A point in degrees, north and east positive. */
export interface Point {
  lat: number;
  lon: number;
}

/** Mean radius of the earth, km (IUGG). */
const EARTH_RADIUS_KM = 6371.0088;

/** Great-circle distance between two points, km, by the haversine formula (error < 0.6 %). */
export function greatCircleKm(a: Point, b: Point): number {
  const radians = Math.PI / 180;
  const halfLat = ((b.lat - a.lat) * radians) / 2;
  const halfLon = ((b.lon - a.lon) * radians) / 2;
  const h = Math.sin(halfLat) ** 2 + Math.cos(a.lat * radians) * Math.cos(b.lat * radians) * Math.sin(halfLon) ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(h)));
}
