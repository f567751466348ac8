/** A small profile and target for tests, independent of the shipped files. */
import { dataBlocksOf } from '../../src/config/target-data.ts';
import type { Profile, Target, TargetClaim, TargetOperation } from '../../src/config/types.ts';
import type { OperationClass } from '../../src/formats/plan.ts';
import { NO_RETRIES } from '../../src/formats/timetable.ts';
import type { PlanInput } from '../../src/plan/compile.ts';

const operation = (name: string, its: OperationClass, more: Partial<TargetOperation> = {}): TargetOperation => ({
  name,
  class: its,
  method: its === 'write' ? 'PUT' : 'GET',
  path: `/${name}/{key}`,
  body: null,
  headers: {},
  expect: [200],
  timeoutMs: 10_000,
  via: 'region',
  redirects: 'follow',
  answer: null,
  journey: null,
  steps: [],
  ...more,
});

const claim = (id: string, more: Partial<TargetClaim>): TargetClaim => ({
  id,
  title: `claim ${id}`,
  kind: 'latency',
  classes: ['read'],
  vantage: 'region',
  per: 'region',
  gating: true,
  maxBadShare: 0.01,
  limitMs: null,
  plusPrimaryRoundTrip: false,
  maxCount: null,
  ...more,
});

export const sampleTarget = (): Target => ({
  name: 'sample',
  title: 'Sample',
  environment: 'local',
  world: 'active-active',
  acknowledged: true,
  lanes: 'emulate',
  regions: [
    { id: 'us-east-1', city: null, url: null, replica: false },
    { id: 'eu-west-1', city: null, url: null, replica: true },
    { id: 'ap-southeast-1', city: null, url: null, replica: true },
  ],
  edgeUrl: null,
  jurisdictions: { 'us-east-1': ['us-east-1'], 'eu-west-1': ['eu-west-1'], 'ap-southeast-1': ['ap-southeast-1'] },
  versions: {},
  primary: 'us-east-1',
  routing: { mode: 'world', ttlSeconds: 5, healthCheck: null },
  operations: [
    operation('get', 'read'),
    operation('update', 'write'),
    operation('login', 'auth'),
    operation('check', 'auth'),
    operation('sign-in', 'auth', { journey: 'sign-in', steps: ['login', 'check'] }),
    operation('asset', 'static', { via: 'edge' }),
    operation('tracer-write', 'write', { path: '/tracer/{key}' }),
    operation('tracer-read', 'read', { path: '/tracer/{key}' }),
  ],
  headers: {},
  tls: { caFile: null, certFile: null, keyFile: null },
  resolve: {},
  maxRatePerSecond: 1000,
  allowHosts: [],
  ...dataBlocksOf({}),
  fis: null,
  toxiproxies: [],
  observe: { region: 'X-Served-Region', source: '', version: '', recordVersion: '', serverTiming: '' },
  claims: [
    claim('read-p99', { limitMs: 120 }),
    claim('write-p99', { classes: ['write'], limitMs: 120, plusPrimaryRoundTrip: true }),
    claim('availability', {
      kind: 'availability',
      classes: ['read', 'write', 'auth', 'static'],
      vantage: 'any',
      maxBadShare: 0.001,
    }),
    claim('home-share', { kind: 'home-share', classes: ['read', 'write', 'auth'], vantage: 'client' }),
    claim('staleness', { kind: 'staleness', vantage: 'any', limitMs: 500 }),
    claim('client-p99', {
      classes: ['read', 'write', 'auth', 'static'],
      vantage: 'client',
      per: 'origin',
      gating: false,
      limitMs: 120,
    }),
  ],
});

export const sampleProfile = (): Profile => ({
  name: 'sample',
  title: 'Sample',
  origins: [
    { city: 'tokyo', share: 0.4, access: { fixed: 0.6, mobile: 0.4 }, measuredRttMs: { 'ap-southeast-1': 70 } },
    { city: 'singapore', share: 0.3, access: { mobile: 1 }, measuredRttMs: {} },
    { city: 'london', share: 0.2, access: { fixed: 1 }, measuredRttMs: {} },
    { city: 'new-york', share: 0.1, access: { 'data-centre': 1 }, measuredRttMs: {} },
  ],
  cohorts: { fresh: 0.1, ttl: 0.6, sticky: 0.25, direct: 0.05 },
  retries: {
    fresh: NO_RETRIES,
    ttl: NO_RETRIES,
    sticky: { max: 1, backoffMs: 100 },
    direct: NO_RETRIES,
  },
  session: { meanRequests: 5, thinkMedianMs: 1000, thinkSigmaLog: 0.6 },
  arrivals: { ratePerSecond: 150, shape: 'poisson', daySeconds: null, startUtcHour: null },
  durationSeconds: null,
  mix: { get: 0.65, update: 0.2, 'sign-in': 0.05, asset: 0.1 },
  tenants: { count: 20, zipfExponent: 1.1, homes: null, travelShare: 0 },
  keys: { count: 500, zipfExponent: 0.9 },
});

/** Input of compilePlan, with the sample profile and target by default. */
export const sampleInput = (more: Partial<PlanInput> = {}): PlanInput => ({
  profile: sampleProfile(),
  target: sampleTarget(),
  seed: 7,
  quick: false,
  runId: 'sample',
  createdAt: '2025-01-01T00:00:00.000Z',
  command: 'npm run load -- --profile sample --seed 7',
  defect: null,
  routing: 'fast',
  ...more,
});
