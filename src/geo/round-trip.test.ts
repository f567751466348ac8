import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AWS_REGIONS, CITIES, city, region } from './atlas.ts';
import { greatCircleKm } from './great-circle.ts';
import { interRegionRttMs, roundTripMs } from './round-trip.ts';

/** Light in fibre travels 200 km in a millisecond; both directions. */
const FIBRE_MS_PER_KM = 0.01;

/** Every city with every region. */
const PAIRS = CITIES.flatMap((from) => AWS_REGIONS.map((to) => ({ from, to })));

/**
 * Least round trips that WonderNetwork measured from host to host in July 2020, ms: every second city of the table in
 * our reference notes, to hosts in Washington, Dublin and Singapore.
 */
const MEASURED_REGIONS = ['us-east-1', 'eu-west-1', 'ap-southeast-1'] as const;
const MEASURED_MS: Record<string, [number, number, number]> = {
  tokyo: [170, 255, 76],
  shanghai: [281, 321, 201],
  manila: [250, 251, 51],
  bangkok: [270, 250, 29],
  'new-delhi': [211, 165, 69],
  dubai: [185, 131, 339],
  moscow: [131, 61, 176],
  paris: [79, 18, 262],
  warsaw: [112, 39, 189],
  lagos: [209, 117, 385],
  johannesburg: [255, 167, 346],
  toronto: [21, 97, 251],
  'los-angeles': [63, 155, 186],
  bogota: [82, 175, 312],
  'buenos-aires': [164, 233, 372],
  auckland: [217, 294, 116],
};

describe('the round trip from a city to a region', () => {
  test.each([
    ['tokyo', 75],
    ['seoul', 78],
    ['sydney', 99],
    ['auckland', 142],
  ])('from %s to Singapore is %d ms', (from, ms) => {
    expect(Math.round(roundTripMs(from, 'ap-southeast-1').ms)).toBe(ms);
    expect(roundTripMs(from, 'ap-southeast-1').source).toBe('modelled');
  });

  test('from Asia to a primary in Virginia is 150 to 270 ms', () => {
    const asia = ['tokyo', 'seoul', 'singapore', 'jakarta', 'mumbai', 'sydney', 'auckland'];
    const ms = asia.map((from) => roundTripMs(from, 'us-east-1').ms);
    expect(Math.min(...ms)).toBeGreaterThan(150);
    expect(Math.max(...ms)).toBeLessThan(270);
  });

  test('misses 48 measured pairs by a median of at most 25 ms', ({ annotate }) => {
    const errors = Object.entries(MEASURED_MS).flatMap(([from, measured]) =>
      MEASURED_REGIONS.map((to, i) => Math.abs(roundTripMs(from, to).ms - measured[i]!)),
    );
    const sorted = errors.toSorted((a, b) => a - b);
    const median = (sorted[23]! + sorted[24]!) / 2;
    void annotate(`median error ${median.toFixed(1)} ms, p90 ${sorted[43]!.toFixed(0)} ms of ${sorted.length} pairs`);
    expect(sorted).toHaveLength(48);
    expect(median).toBeLessThan(25);
    expect(median).toBeGreaterThan(1); // else the model would have been fitted to these pairs
  });

  test('is never shorter than light takes in a direct fibre', () => {
    const tooFast = PAIRS.filter(
      ({ from, to }) => roundTripMs(from, to).ms <= greatCircleKm(from, to) * FIBRE_MS_PER_KM,
    );
    expect(tooFast).toEqual([]);
  });

  test('is never longer than the line through measured pairs of the public Internet', () => {
    const tooSlow = PAIRS.filter(
      ({ from, to }) => roundTripMs(from, to).ms > 14 + 0.0167 * greatCircleKm(from, to) + 1e-9,
    );
    expect(tooSlow).toEqual([]);
  });

  test('grows with the distance if no other region is nearer', () => {
    const east = fc.double({ min: 0, max: 3, noNaN: true });
    const dublin = region('eu-west-1');
    fc.assert(
      fc.property(east, east, (a, b) => {
        const at = (degrees: number) => ({ ...city('dublin'), lat: dublin.lat, lon: dublin.lon - degrees });
        const [near, far] = [at(Math.min(a, b)), at(Math.max(a, b))];
        expect(roundTripMs(near, dublin).ms).toBeLessThanOrEqual(roundTripMs(far, dublin).ms + 1e-9);
      }),
    );
  });

  test('is the measured one if the profile has it, for that region only', () => {
    const measured = { 'ap-southeast-1': 68.5 };
    expect(roundTripMs('tokyo', 'ap-southeast-1', measured)).toEqual({ ms: 68.5, source: 'measured' });
    expect(roundTripMs('tokyo', 'us-east-1', measured).source).toBe('modelled');
  });

  test('to your own data centre differs little from that to the AWS region of the same city', () => {
    const own = region('fra-2', 'frankfurt');
    for (const from of ['tokyo', 'london', 'sao-paulo']) {
      expect(Math.abs(roundTripMs(from, own).ms - roundTripMs(from, 'eu-central-1').ms)).toBeLessThan(1);
    }
  });

  test('from or to an unknown place is a usage error with the nearest names', () => {
    expect(() => roundTripMs('tokio', 'us-east-1')).toThrow(
      'unknown city: got "tokio", expected an id of src/geo/data/cities.csv, such as tokyo,',
    );
    expect(() => roundTripMs('tokyo', 'us-east-9')).toThrow(
      'unknown region: got "us-east-9", expected an AWS region such as us-east-1, us-east-2',
    );
  });
});

describe('the round trip between regions', () => {
  const regions = fc.constantFrom(...AWS_REGIONS.map((r) => r.id), ...CITIES.map((c) => c.id));
  const place = (id: string) => (AWS_REGIONS.some((r) => r.id === id) ? region(id) : region(`own-${id}`, id));

  test('is the same in both directions and 0 to itself, for AWS regions and your own', () => {
    fc.assert(
      fc.property(regions, regions, (a, b) => {
        expect(interRegionRttMs(place(a), place(b))).toBeCloseTo(interRegionRttMs(place(b), place(a)), 9);
        expect(interRegionRttMs(place(a), place(a))).toBe(0);
      }),
    );
  });

  test('is the mean of both directions of the table', () => {
    expect(interRegionRttMs('us-east-1', 'eu-west-1')).toBeCloseTo(69.6, 1);
    expect(interRegionRttMs('us-east-1', 'ap-southeast-1')).toBeCloseTo(218.9, 0);
    expect(interRegionRttMs('eu-west-1', 'ap-southeast-1')).toBeCloseTo(182.3, 0);
  });

  test('is known for every pair of AWS regions', () => {
    for (const a of AWS_REGIONS) {
      for (const b of AWS_REGIONS) expect(interRegionRttMs(a, b)).toBeGreaterThanOrEqual(0);
    }
  });
});
