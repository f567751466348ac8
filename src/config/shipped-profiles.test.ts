import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { city } from '../geo/atlas.ts';
import { roundTripMs } from '../geo/round-trip.ts';
import { checkProfileAgainstTarget, profileNames, readProfile, readTarget } from './load.ts';
import type { Profile, Target } from './types.ts';
import type { YamlFile } from './places.ts';

const NAMES = ['americas-heavy', 'apac-heavy', 'emea-heavy', 'even', 'follow-the-sun', 'gate-test', 'world'];
const ASIA_PACIFIC = ['JP', 'KR', 'CN', 'HK', 'TW', 'PH', 'ID', 'SG', 'MY', 'TH', 'VN', 'IN', 'AU', 'NZ'];
const AMERICAS = ['US', 'CA', 'MX', 'CO', 'BR', 'AR'];

const profiles = new Map<string, { profile: Profile; file: YamlFile }>();
let target: Target;
let targetFile: YamlFile;

beforeAll(async () => {
  ({ target, file: targetFile } = await readTarget('active-active'));
  for (const name of await profileNames()) profiles.set(name, await readProfile(name));
});

const of = (name: string): Profile => profiles.get(name)!.profile;

const shareWhere = (profile: Profile, wanted: (cityId: string) => boolean): number =>
  profile.origins.filter((o) => wanted(o.city)).reduce((sum, o) => sum + o.share, 0);

const homeOf = (cityId: string): string =>
  target.regions.map((r) => ({ id: r.id, ms: roundTripMs(cityId, r.id).ms })).toSorted((a, b) => a.ms - b.ms)[0]!.id;

const homeShares = (profile: Profile): Record<string, number> =>
  Object.fromEntries(target.regions.map(({ id }) => [id, shareWhere(profile, (c) => homeOf(c) === id)]));

const sum = (shares: Record<string, number>): number => Object.values(shares).reduce((total, s) => total + s, 0);

test('the profiles of the issue are all there, and no others', () => {
  expect([...profiles.keys()]).toEqual(NAMES);
});

describe.each(NAMES)('profile %s', (name) => {
  test('fits the target active-active', () => {
    const { profile, file } = profiles.get(name)!;
    expect(() => checkProfileAgainstTarget(profile, target, { profile: file, target: targetFile })).not.toThrow();
  });

  test('has shares that sum to 1: origins, mix, cohorts, and the access networks of every city', () => {
    const profile = of(name);
    expect(shareWhere(profile, () => true)).toBeCloseTo(1, 9);
    expect(sum(profile.mix)).toBeCloseTo(1, 9);
    expect(sum(profile.cohorts)).toBeCloseTo(1, 9);
    for (const { access } of profile.origins) expect(sum(access)).toBeCloseTo(1, 9);
  });

  test('makes every region home to at least 8 % of the requests', () => {
    expect(Math.min(...Object.values(homeShares(of(name))))).toBeGreaterThanOrEqual(0.08);
  });

  test('writes a fifth of the time, and never calls steps or tracers by themselves', () => {
    const { mix } = of(name);
    const writes = target.operations.filter((o) => o.class === 'write').map((o) => mix[o.name] ?? 0);
    expect(writes.reduce((total, share) => total + share, 0)).toBeCloseTo(0.2, 9);
    expect(Object.keys(mix).toSorted()).toEqual(['asset', 'create', 'delete', 'get', 'list', 'sign-in', 'update']);
  });

  test('skews tenants and keys, over 5,000 records', () => {
    const { tenants, keys } = of(name);
    expect(keys.count).toBe(5000);
    expect(keys.zipfExponent).toBeGreaterThan(0);
    expect(tenants.zipfExponent).toBeGreaterThan(0);
  });

  test('has every kind of client', () => {
    expect(Math.min(...Object.values(of(name).cohorts))).toBeGreaterThan(0);
  });

  test('names the schema that editors check it with', async () => {
    const text = await readFile(profiles.get(name)!.file.path, 'utf8');
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=./profile.schema.json');
  });
});

describe('apac-heavy', () => {
  test('has at least 14 cities in Asia-Pacific', () => {
    const cities = of('apac-heavy').origins.filter((o) => ASIA_PACIFIC.includes(city(o.city).country));
    expect(cities.length).toBeGreaterThanOrEqual(14);
  });

  test('sends 74 % from Asia-Pacific, 14 % from Europe and 12 % from the Americas', () => {
    const profile = of('apac-heavy');
    const asia = shareWhere(profile, (c) => ASIA_PACIFIC.includes(city(c).country));
    const americas = shareWhere(profile, (c) => AMERICAS.includes(city(c).country));
    expect([asia, 1 - asia - americas, americas].map((s) => Number(s.toFixed(6)))).toEqual([0.74, 0.14, 0.12]);
  });

  test('makes Singapore the home of all of Asia-Pacific', () => {
    expect(homeShares(of('apac-heavy'))['ap-southeast-1']).toBeCloseTo(0.74, 9);
  });
});

test.each([
  ['emea-heavy', 'eu-west-1'],
  ['americas-heavy', 'us-east-1'],
])('%s sends 70 to 80 % to its home %s', (name, region) => {
  const share = homeShares(of(name))[region]!;
  expect(share).toBeGreaterThanOrEqual(0.7);
  expect(share).toBeLessThanOrEqual(0.8);
});

test('even gives every city and every region the same share', () => {
  expect(new Set(of('even').origins.map((o) => o.share)).size).toBe(1);
  for (const share of Object.values(homeShares(of('even')))) expect(share).toBeCloseTo(1 / 3, 9);
});

test('gate-test is three cities, one near each region, at a high rate in short sessions', () => {
  const { origins, arrivals, session } = of('gate-test');
  expect(origins.map((o) => homeOf(o.city)).toSorted()).toEqual(['ap-southeast-1', 'eu-west-1', 'us-east-1']);
  expect(Math.max(...origins.map((o) => roundTripMs(o.city, homeOf(o.city)).ms))).toBeLessThan(25);
  expect(arrivals.ratePerSecond).toBe(200);
  expect(session.meanRequests * session.thinkMedianMs).toBeLessThan(2000);
});

test('follow-the-sun runs a whole day in four minutes, on every side of the earth', () => {
  const { arrivals, origins } = of('follow-the-sun');
  expect(arrivals).toEqual({ ratePerSecond: 150, shape: 'day', daySeconds: 240, startUtcHour: 0 });
  const longitudes = origins.map((o) => city(o.city).lon);
  expect(Math.max(...longitudes) - Math.min(...longitudes)).toBeGreaterThan(180);
});
