/** Activity of users over their local day. */
import type { City } from './atlas.ts';

/**
 * Hours and activity as a share of the evening peak, joined by straight lines. Trough at 04:00, plateau in working
 * hours, peak at 20-22 h: between the curves of Arbor (2009: Europe's low is below 40 %, North America's about 50 % of
 * the peak, Europe peaks at 19-20 h, North America at 23 h) and of IXPs (Cloudflare 2020: evening peak, night trough).
 */
const KNOTS: readonly (readonly [hour: number, activity: number])[] = [
  [0, 0.7],
  [2, 0.48],
  [4, 0.4],
  [6, 0.5],
  [9, 0.8],
  [12, 0.85],
  [17, 0.88],
  [20, 1],
  [22, 1],
  [24, 0.7],
];

/** Activity at a local hour (fractional, any real number, taken modulo 24), as a share of the peak: 0.4 to 1. */
export function dayCurve(localHour: number): number {
  const hour = ((localHour % 24) + 24) % 24;
  const after = KNOTS.findIndex(([at]) => at > hour);
  const [[fromHour, from], [toHour, to]] = [KNOTS[after - 1]!, KNOTS[after]!];
  return from + ((to - from) * (hour - fromHour)) / (toHour - fromHour);
}

/** The day whose zone offsets are used: northern winter, fixed so that a plan does not change with the season. */
const REFERENCE_DAY_MS = Date.UTC(2025, 0, 15);

/** Offset of a city's zone from UTC on the reference day, hours (east positive, e.g. 5.5 for Mumbai). */
export function zoneOffsetHours(place: Pick<City, 'zone'>): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: place.zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  }).formatToParts(REFERENCE_DAY_MS);
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((p) => p.type === type)!.value);
  const wallMs = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'));
  return (wallMs - REFERENCE_DAY_MS) / 3_600_000;
}

/** Local hour of a city, 0 to 24, when it is `utcHour` in UTC. */
export function localHour(place: Pick<City, 'zone'>, utcHour: number): number {
  const hour = (utcHour + zoneOffsetHours(place)) % 24;
  return hour < 0 ? hour + 24 : hour;
}
