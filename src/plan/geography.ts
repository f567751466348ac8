/**
 * The geography of a run: its regions, the cities of its users, and the origins of probes and of the control series.
 */
import type { Profile, Target } from '../config/types.ts';
import type { AccessShare } from '../formats/lanes.ts';
import type { PlanOrigin, PlanRegion } from '../formats/plan.ts';
import { accessNetwork, type AccessKind } from '../geo/access.ts';
import { city, region, type Region } from '../geo/atlas.ts';
import { dayCurve, localHour } from '../geo/day-curve.ts';
import { interRegionRttMs, roundTripMs } from '../geo/round-trip.ts';
import type { Intensity } from './arrivals.ts';

const placesOf = (target: Target): Region[] => target.regions.map(({ id, city: own }) => region(id, own));

/** The target's regions with their round trips to the primary. */
export function planRegions(target: Target): PlanRegion[] {
  const places = placesOf(target);
  const primary = places.find(({ id }) => id === target.primary);
  return places.map((place, i) => ({
    id: place.id,
    city: place.city,
    lat: place.lat,
    lon: place.lon,
    rttToPrimaryMs: primary ? interRegionRttMs(place, primary) : null,
    replica: target.regions[i]!.replica,
  }));
}

/**
 * Origins of a run: every city of the profile, then per region the origin of its probes, then the control series.
 * Shares are the profile's; compile.ts replaces them by those of the run, which differ where it covers part of a day.
 */
export function planOrigins(profile: Profile, target: Target): PlanOrigin[] {
  const places = placesOf(target);
  const cities = profile.origins.map((origin): PlanOrigin => {
    const home = city(origin.city);
    const trips = places.map((place) => roundTripMs(home, place, origin.measuredRttMs));
    const rttMs = trips.map(({ ms }) => ms);
    return {
      id: home.id,
      kind: 'city',
      city: home.name,
      country: home.countryName,
      lat: home.lat,
      lon: home.lon,
      share: origin.share,
      populationShare: origin.share,
      homeRegion: rttMs.indexOf(Math.min(...rttMs)),
      rttMs,
      rttSource: trips.map(({ source }) => source),
      access: accessShares(origin.access),
    };
  });
  const extra = { share: 0, populationShare: 0, rttSource: places.map(() => 'modelled' as const), access: [] };
  const probes = places.map((place, i): PlanOrigin => ({
    ...extra,
    id: `probe@${place.id}`,
    kind: 'region',
    city: place.city,
    country: place.countryName,
    lat: place.lat,
    lon: place.lon,
    homeRegion: i,
    rttMs: places.map((other) => interRegionRttMs(place, other)),
  }));
  const control: PlanOrigin = {
    ...extra,
    id: 'control',
    kind: 'control',
    city: '',
    country: '',
    lat: 0,
    lon: 0,
    homeRegion: 0,
    rttMs: places.map(() => 0),
  };
  return [...cities, ...probes, control];
}

const accessShares = (shares: Partial<Record<AccessKind, number>>): AccessShare[] =>
  Object.entries(shares).map(([kind, share]) => ({ kind, share, ...accessNetwork(kind as AccessKind) }));

/** Median last mile of an origin's users, averaged over their access networks, ms; 0 for probes. */
export const meanLastMileMs = (origin: PlanOrigin): number =>
  origin.access.reduce((sum, a) => sum + a.share * (a.lastMileMs + a.jitterMedianMs), 0);

const DAY_SECONDS = 86_400;

/** The activity of each city of the profile over the run; constant 1 unless the profile follows the day. */
export function cityIntensities(profile: Profile): Intensity[] {
  const { shape, daySeconds, startUtcHour } = profile.arrivals;
  return profile.origins.map((origin) => {
    if (shape !== 'day') return () => 1;
    const hourAtStart = localHour(city(origin.city), startUtcHour ?? 0);
    const hoursPerMs = 24 / ((daySeconds ?? DAY_SECONDS) * 1000);
    return (ms) => dayCurve(hourAtStart + ms * hoursPerMs);
  });
}
