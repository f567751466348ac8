import { describe, expect, test } from 'vitest';
import { AWS_REGIONS, CITIES, city, nearestAwsRegion, region } from './atlas.ts';

describe('the atlas', () => {
  test('has at least 60 cities, each once, on every inhabited continent', () => {
    expect(CITIES.length).toBeGreaterThanOrEqual(60);
    expect(new Set(CITIES.map((c) => c.id)).size).toBe(CITIES.length);
    for (const id of ['tokyo', 'london', 'lagos', 'new-york', 'sao-paulo', 'sydney']) expect(city(id).id).toBe(id);
  });

  test('has coordinates, both country codes and an existing zone for every city', () => {
    for (const { id, lat, lon, country, iso3, zone, populationMillions } of CITIES) {
      expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(Math.abs(lat)).toBeLessThanOrEqual(90);
      expect(Math.abs(lon)).toBeLessThanOrEqual(180);
      expect(country).toMatch(/^[A-Z]{2}$/);
      expect(iso3).toMatch(/^[A-Z]{3}$/);
      expect(populationMillions).toBeGreaterThan(0);
      expect(() => new Intl.DateTimeFormat('en', { timeZone: zone })).not.toThrow();
    }
  });

  test('has zones whose offset fits the longitude within four hours', () => {
    const misplaced = CITIES.filter(({ lon, zone }) => {
      const name = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' })
        .formatToParts(Date.UTC(2025, 0, 15))
        .find((p) => p.type === 'timeZoneName')!.value;
      const [, hours = '0', minutes = '0'] = /GMT([+-]\d\d)?:?(\d\d)?/.exec(name)!;
      const offset = Number(hours) + (Math.sign(Number(hours)) * Number(minutes)) / 60;
      return Math.abs(offset - lon / 15) >= 4;
    });
    expect(misplaced).toEqual([]);
  });

  test('finds the AWS region in a city', () => {
    expect(AWS_REGIONS).toHaveLength(32);
    expect(nearestAwsRegion(city('tokyo')).region.id).toBe('ap-northeast-1');
    expect(nearestAwsRegion(city('dublin')).region.id).toBe('eu-west-1');
    expect(nearestAwsRegion(city('washington')).region.id).toBe('us-east-1');
  });

  test('puts your own region into its city', () => {
    expect(region('dc-west', 'denver')).toMatchObject({ id: 'dc-west', city: 'Denver', aws: false });
  });
});
