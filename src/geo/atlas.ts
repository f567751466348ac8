/** The atlas: cities that clients live in and regions that services run in. Sources: the `#` lines of src/geo/data. */
import { usageError } from '../errors.ts';
import { readCsv } from './csv.ts';
import { greatCircleKm, type Point } from './great-circle.ts';
import { nearestNames } from '../did-you-mean.ts';

export interface City extends Point {
  /** kebab-case, e.g. `sao-paulo`. */
  id: string;
  name: string;
  /** ISO 3166 codes. */
  country: string;
  iso3: string;
  countryName: string;
  /** IANA time zone. */
  zone: string;
  /** Inhabitants of the built-up area. */
  populationMillions: number;
}

/** A place that servers run in: an AWS region, or the user's own data centre in a city of the atlas. */
export interface Region extends Point {
  id: string;
  /** Name of the metropolis, for display. */
  city: string;
  countryName: string;
  /** Whether it is in the inter-region table. */
  aws: boolean;
}

export const CITIES: readonly City[] = readCsv('cities.csv', [
  'id',
  'name',
  'country',
  'iso3',
  'country_name',
  'lat',
  'lon',
  'zone',
  'population_millions',
]).map(({ country_name, lat, lon, population_millions, ...texts }) => ({
  ...texts,
  countryName: country_name,
  lat: Number(lat),
  lon: Number(lon),
  populationMillions: Number(population_millions),
}));

export const AWS_REGIONS: readonly Region[] = readCsv('aws-region-coordinates.csv', [
  'region',
  'metro',
  'country',
  'lat',
  'lon',
]).map((row) => ({
  id: row.region,
  city: row.metro,
  countryName: row.country,
  lat: Number(row.lat),
  lon: Number(row.lon),
  aws: true,
}));

const citiesById = new Map(CITIES.map((c) => [c.id, c]));
const regionsById = new Map(AWS_REGIONS.map((r) => [r.id, r]));

/** The city of that id, or undefined. */
export const findCity = (id: string): City | undefined => citiesById.get(id);

/** Up to three city ids nearest to `id` by spelling. */
export const cityIdsLike = (id: string): string[] => nearestNames(id, citiesById.keys(), 3);

/** The city of that id; throws a usage error with the nearest ids if there is none. */
export function city(id: string): City {
  const found = citiesById.get(id);
  if (found) return found;
  throw usageError({
    what: 'unknown city',
    got: `"${id}"`,
    expected: `an id of src/geo/data/cities.csv, such as ${cityIdsLike(id).join(', ')}`,
  });
}

/** Whether the atlas knows this id as an AWS region. */
export const isAwsRegion = (id: string): boolean => regionsById.has(id);

/** Up to three AWS region ids nearest to `id` by spelling. */
export const regionIdsLike = (id: string): string[] => nearestNames(id, regionsById.keys(), 3);

/**
 * The region of that id: in the city `cityId` if given, else an AWS region. Throws a usage error if it is unknown.
 */
export function region(id: string, cityId: string | null = null): Region {
  if (cityId !== null) {
    const { name, countryName, lat, lon } = city(cityId);
    return { id, city: name, countryName, lat, lon, aws: false };
  }
  const found = regionsById.get(id);
  if (found) return found;
  throw usageError({
    what: 'unknown region',
    got: `"${id}"`,
    expected: `an AWS region such as ${regionIdsLike(id).join(', ')}, or a region with \`city:\``,
  });
}

/** The AWS region nearest to a point by distance, and how far it is. */
export function nearestAwsRegion(point: Point): { region: Region; km: number } {
  let best = { region: AWS_REGIONS[0]!, km: Infinity };
  for (const candidate of AWS_REGIONS) {
    const km = greatCircleKm(point, candidate);
    if (km < best.km) best = { region: candidate, km };
  }
  return best;
}
