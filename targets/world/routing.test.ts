import { describe, expect, it } from 'vitest';
import { CITIES } from '../../src/geo/atlas.ts';
import { roundTripMs } from '../../src/geo/round-trip.ts';
import { REGIONS } from './regions.ts';
import { resolve } from './routing.ts';

describe('routing', () => {
  it('sends every city of the atlas to the region that the harness calls its home', () => {
    for (const { id, lat, lon } of CITIES) {
      const roundTrips = REGIONS.map((region) => roundTripMs(id, region.id).ms);
      const home = REGIONS[roundTrips.indexOf(Math.min(...roundTrips))]!.id;
      expect(`${id} -> ${resolve(id, lat, lon, null)}`).toBe(`${id} -> ${home}`);
    }
  });

  it('finds the nearest region across the date line and over the pole', () => {
    expect(resolve('apia', -13.83, -171.77, null)).toBe('ap-southeast-1');
    expect(resolve('longyearbyen', 78.22, 15.65, null)).toBe('eu-west-1');
  });

  it('sends Tokyo, and nobody else, to Virginia where that is planted', () => {
    expect(resolve('tokyo', 35.69, 139.75, 'wrong-region')).toBe('us-east-1');
    expect(resolve('osaka', 34.75, 135.46, 'wrong-region')).toBe('ap-southeast-1');
  });

  it('sends all of Asia, and nobody else, to Dublin where that is planted', () => {
    expect(resolve('tokyo', 35.69, 139.75, 'silent-region')).toBe('eu-west-1');
    expect(resolve('boston', 42.33, -71.07, 'silent-region')).toBe('us-east-1');
  });
});
