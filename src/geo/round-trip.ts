/**
 * Round trip of a packet from a city to a region, without the last mile (see access.ts).
 *
 *   city -> region   min( 14 + 0.0167 km,  4 + 0.02 km to the nearest AWS region + table(nearest, region) )
 *
 * The first term is a robust (Theil-Sen) line through 59,887 pairs that WonderNetwork measured on the public Internet
 * in July 2020, the second goes over the backbone of the cloud, where one-year medians are known (cloudping.co, see
 * src/geo/data). Against measured pairs: round-trip.test.ts. Detours that no map shows (Gulf to Singapore through
 * Europe, exits of China) are not in the model: profiles should give measured values for those.
 */
import { type City, city, nearestAwsRegion, type Region, region } from './atlas.ts';
import { readCsv } from './csv.ts';
import { greatCircleKm } from './great-circle.ts';

export interface RoundTrip {
  ms: number;
  source: 'modelled' | 'measured';
}

/** Public Internet: intercept and slope of the line. */
const INTERNET_BASE_MS = 14;
const INTERNET_MS_PER_KM = 0.0167;
/** From a city to the nearest AWS region: short routes are less direct than long ones, hence the steeper slope. */
const ENTRY_BASE_MS = 4;
const ENTRY_MS_PER_KM = 0.02;

const table = new Map(
  readCsv('aws-interregion-rtt-p50-1y-2025-05-29.csv', ['from_region', 'to_region', 'rtt_p50_ms']).map((row) => [
    `${row.from_region} ${row.to_region}`,
    Number(row.rtt_p50_ms),
  ]),
);

/**
 * Mean of both directions, ms; 0 within a region (the table's diagonal is a service's response time, not a path).
 */
function tableMs(a: string, b: string): number {
  if (a === b) return 0;
  const [there, back] = [table.get(`${a} ${b}`), table.get(`${b} ${a}`)];
  if (there === undefined || back === undefined) throw new Error(`no round trip between ${a} and ${b} in the table`);
  return (there + back) / 2;
}

const asRegion = (r: string | Region): Region => (typeof r === 'string' ? region(r) : r);

/** Round trip over the backbone: the table between AWS regions, plus the path from a place that is not one. */
function backboneMs(a: City | Region, b: Region): number {
  const entries = [a, b].map((place) =>
    'aws' in place && place.aws ? { region: place, km: 0 } : nearestAwsRegion(place),
  ) as [{ region: Region; km: number }, { region: Region; km: number }];
  return tableMs(entries[0].region.id, entries[1].region.id) + ENTRY_MS_PER_KM * (entries[0].km + entries[1].km);
}

const internetMs = (a: City | Region, b: Region): number => INTERNET_BASE_MS + INTERNET_MS_PER_KM * greatCircleKm(a, b);

/** Round trip between two regions, ms; symmetric, 0 for a region and itself. AWS pairs come from the table alone. */
export function interRegionRttMs(a: string | Region, b: string | Region): number {
  const [from, to] = [asRegion(a), asRegion(b)];
  if (from.id === to.id) return 0;
  if (from.aws && to.aws) return tableMs(from.id, to.id);
  return Math.min(internetMs(from, to), backboneMs(from, to));
}

/**
 * Round trip from a city to a region, ms, without the last mile. `measured` (by region id, ms) overrides the model.
 */
export function roundTripMs(
  from: string | City,
  to: string | Region,
  measured: Record<string, number> = {},
): RoundTrip {
  const [origin, destination] = [typeof from === 'string' ? city(from) : from, asRegion(to)];
  const known = measured[destination.id];
  if (known !== undefined) return { ms: known, source: 'measured' };
  const ms = Math.min(internetMs(origin, destination), ENTRY_BASE_MS + backboneMs(origin, destination));
  return { ms, source: 'modelled' };
}
