/** Shares of the world's internet users by city, as in geo-profiles/world.yaml. */
import { CITIES } from './atlas.ts';
import { readCsv } from './csv.ts';

/** Countries with fewer of the world's users than this are left out. */
const SMALLEST_COUNTRY_SHARE = 0.004;
/** A country has one city, and another one for each time it has this share of the world's users. */
const SHARE_PER_FURTHER_CITY = 0.05;
/** Shares are rounded to this; the rounding is spread by largest remainder, so that they sum to 1. */
const STEP = 0.0001;

/**
 * Shares by city id, largest first; they sum to 1. Each country of the atlas with at least 0.4 % of the world's
 * internet users is represented by its largest cities (China 4, India 3, the United States 2, the others 1); its users
 * are divided by the cities' inhabitants. Source: src/geo/data/internet-users-by-country.csv (ITU, World Bank;
 * CC BY 4.0).
 */
export function worldShares(): { city: string; share: number }[] {
  const weights = readCsv('internet-users-by-country.csv', ['iso3', 'share_of_world_users']).flatMap((row) => {
    const countryShare = Number(row.share_of_world_users);
    if (countryShare < SMALLEST_COUNTRY_SHARE) return [];
    const cities = CITIES.filter((c) => c.iso3 === row.iso3)
      .toSorted((a, b) => b.populationMillions - a.populationMillions)
      .slice(0, 1 + Math.floor(countryShare / SHARE_PER_FURTHER_CITY));
    const inhabitants = cities.reduce((sum, c) => sum + c.populationMillions, 0);
    return cities.map((c) => ({ city: c.id, weight: (countryShare * c.populationMillions) / inhabitants }));
  });
  const total = weights.reduce((sum, { weight }) => sum + weight, 0);
  const exact = weights.map(({ city, weight }) => ({ city, steps: weight / total / STEP }));
  const left = Math.round(1 / STEP) - exact.reduce((sum, { steps }) => sum + Math.floor(steps), 0);
  return exact
    .toSorted((a, b) => (b.steps % 1) - (a.steps % 1))
    .map(({ city, steps }, i) => ({
      city,
      share: Number(((Math.floor(steps) + (i < left ? 1 : 0)) * STEP).toFixed(4)),
    }))
    .toSorted((a, b) => b.share - a.share || a.city.localeCompare(b.city, 'en'));
}
