import { BY_LATENCY } from '../kit/aws.ts';
import { describe, expect, it } from 'vitest';
import { CITIES } from '../../../src/geo/atlas.ts';
import { roundTripMs } from '../../../src/geo/round-trip.ts';
import { resolve, defaultRouting } from '../kit/programs/routing.ts';
import { type Defect, plantedRouting } from './defects.ts';
import { TOPOLOGY } from './topology.ts';

const REGIONS = TOPOLOGY.regions;
const ALL = new Set(REGIONS.map(({ id }) => id));

const regionOf = (city: string, lat: number, lon: number, defect: Defect = null, answering = ALL): string =>
  resolve({ city, lat, lon }, REGIONS, plantedRouting(defect, defaultRouting('fast', BY_LATENCY)), answering);

describe('routing', () => {
  it('sends every city of the atlas to its home region in the harness', () => {
    for (const { id, lat, lon } of CITIES) {
      const roundTrips = REGIONS.map((region) => roundTripMs(id, region.id).ms);
      const home = REGIONS[roundTrips.indexOf(Math.min(...roundTrips))]!.id;
      expect(`${id} -> ${regionOf(id, lat, lon)}`).toBe(`${id} -> ${home}`);
    }
  });

  it('finds the nearest region across the date line and near the pole', () => {
    expect(regionOf('apia', -13.83, -171.77)).toBe('ap-southeast-1');
    expect(regionOf('longyearbyen', 78.22, 15.65)).toBe('eu-west-1');
  });

  it('sends only Tokyo to Virginia with the defect wrong-region', () => {
    expect(regionOf('tokyo', 35.69, 139.75, 'wrong-region')).toBe('us-east-1');
    expect(regionOf('osaka', 34.75, 135.46, 'wrong-region')).toBe('ap-southeast-1');
  });

  it('sends all of Asia, and no other clients, to Dublin with the defect silent-region', () => {
    expect(regionOf('tokyo', 35.69, 139.75, 'silent-region')).toBe('eu-west-1');
    expect(regionOf('boston', 42.33, -71.07, 'silent-region')).toBe('us-east-1');
  });

  it('sends every city to the nearest of the remaining regions', () => {
    for (const lost of REGIONS) {
      const left = REGIONS.filter((region) => region !== lost);
      const answering = new Set(left.map(({ id }) => id));
      for (const { id, lat, lon } of CITIES) {
        const roundTrips = left.map((region) => roundTripMs(id, region.id).ms);
        const next = left[roundTrips.indexOf(Math.min(...roundTrips))]!.id;
        expect(`${id} -> ${regionOf(id, lat, lon, null, answering)}`).toBe(`${id} -> ${next}`);
      }
    }
  });
});
