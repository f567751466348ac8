/** The setting of synthetic runs: three regions, sixteen cities, the operations of targets/active-active. */
import type { PlanOperation } from '../../src/formats/plan.ts';

export const REGIONS: [id: string, city: string, lat: number, lon: number][] = [
  ['us-east-1', 'ashburn', 39.04, -77.49],
  ['eu-west-1', 'dublin', 53.35, -6.26],
  ['ap-southeast-1', 'singapore', 1.35, 103.82],
];

export const CITIES: [id: string, country: string, lat: number, lon: number, weight: number][] = [
  ['tokyo', 'JP', 35.68, 139.69, 14],
  ['london', 'GB', 51.51, -0.13, 8],
  ['new-york', 'US', 40.71, -74.01, 9],
  ['singapore', 'SG', 1.35, 103.82, 8],
  ['jakarta', 'ID', -6.21, 106.85, 8],
  ['mumbai', 'IN', 19.08, 72.88, 9],
  ['sydney', 'AU', -33.87, 151.21, 6],
  ['seoul', 'KR', 37.57, 126.98, 6],
  ['hong-kong', 'HK', 22.32, 114.17, 5],
  ['bangkok', 'TH', 13.76, 100.5, 5],
  ['manila', 'PH', 14.6, 120.98, 5],
  ['taipei', 'TW', 25.03, 121.57, 4],
  ['frankfurt', 'DE', 50.11, 8.68, 4],
  ['sao-paulo', 'BR', -23.55, -46.63, 4],
  ['kuala-lumpur', 'MY', 3.14, 101.69, 3],
  ['auckland', 'NZ', -36.85, 174.76, 2],
];

function distanceKm(lat1: number, lon1: number, lat2: number, lon2: number): number {
  const rad = Math.PI / 180;
  const h =
    Math.sin(((lat2 - lat1) * rad) / 2) ** 2 +
    Math.cos(lat1 * rad) * Math.cos(lat2 * rad) * Math.sin(((lon2 - lon1) * rad) / 2) ** 2;
  return 2 * 6371 * Math.asin(Math.sqrt(h));
}

export const rtt = (lat1: number, lon1: number, lat2: number, lon2: number): number =>
  Math.round((4 + 0.0167 * distanceKm(lat1, lon1, lat2, lon2)) * 100) / 100;

const operation = (name: string, klass: PlanOperation['class'], method: string, path: string): PlanOperation => ({
  name,
  class: klass,
  kind: 'request',
  method,
  path,
  body: null,
  headers: {},
  expect: [200],
  timeoutMs: 5000,
  steps: [],
  redirects: 'follow',
  answer: null,
  isOfTenant: false,
  via: klass === 'static' ? 'edge' : 'region',
});

export const OPERATIONS: PlanOperation[] = [
  operation('list', 'read', 'GET', '/products?tenant={tenant}&page={key}'),
  operation('get', 'read', 'GET', '/products/{key}'),
  operation('update', 'write', 'PUT', '/products/{key}'),
  operation('login', 'auth', 'POST', '/sessions'),
  operation('session-check', 'auth', 'GET', '/sessions/current'),
  { ...operation('sign-in', 'auth', '', ''), kind: 'journey', steps: [3, 4] },
  operation('asset', 'static', 'GET', '/assets/{key}.js'),
  operation('tracer-write', 'write', 'PUT', '/products/{key}'),
  operation('tracer-read', 'read', 'GET', '/products/{key}'),
  { ...operation('echo', 'read', 'GET', '/echo'), timeoutMs: 1000 },
  operation('session-write', 'write', 'PUT', '/products/{key}'),
  { ...operation('session-read', 'read', 'GET', '/products/{key}'), expect: [200, 404] },
  operation('session-delete', 'write', 'DELETE', '/products/{key}'),
  operation('cart-read', 'read', 'GET', '/carts/{key}'),
  operation('cart-write', 'write', 'PUT', '/carts/{key}'),
  { ...operation('cart-edit', 'write', '', ''), kind: 'journey', steps: [13, 14] },
];

export const SESSION = { write: 10, read: 11, delete: 12 };

/** Above all other keys; one for each session. */
export const SESSION_KEY = 1_000_000;

/** Shares of the mix by operation index. */
export const MIX: [operation: number, share: number][] = [
  [0, 0.3],
  [1, 0.35],
  [2, 0.15],
  [5, 0.08],
  [6, 0.12],
];
