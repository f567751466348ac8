import { expect, test } from 'vitest';
import { readProfile } from '../config/load.ts';
import { city } from './atlas.ts';
import { worldShares } from './world-shares.ts';

test('geo-profiles/world.yaml has the shares computed from the table of internet users', async () => {
  const { profile } = await readProfile('world');
  expect(profile.origins.map(({ city: id, share }) => ({ city: id, share }))).toEqual(worldShares());
});

test('the shares sum to 1 and keep the proportions of the countries', () => {
  const shares = worldShares();
  const of = (iso3: string) => shares.filter((s) => city(s.city).iso3 === iso3).reduce((sum, s) => sum + s.share, 0);
  expect(shares.reduce((sum, s) => sum + s.share, 0)).toBeCloseTo(1, 9);
  expect(of('CHN') / of('IND')).toBeCloseTo(0.21746 / 0.1214, 2);
  expect(of('JPN') / of('GBR')).toBeCloseTo(0.02121 / 0.01276, 1);
});
