import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import type { ObservedScopes } from '../../../claims/cache-scope/observation.ts';
import { observedServer } from '../../../test/observed-server.ts';
import { sampleTarget } from '../../../test/sample/plan-input.ts';
import { cacheScope } from './cache-scope.ts';
import type { ObservedRun } from './observer.ts';

/** What is observed of a region that keeps a copy of each response under the key of its request. */
async function observed(keyOf: (request: IncomingMessage) => string): Promise<ObservedScopes> {
  const routes = [
    { method: 'GET', path: '/items?tenant={tenant}', sources: ['primary'], ttlSeconds: 1 },
    { method: 'GET', path: '/long', sources: ['primary'], ttlSeconds: 3_600 },
    { method: 'GET', path: '/fresh', sources: ['primary'], ttlSeconds: null },
  ];
  const copies = new Set<string>();
  await using server = await observedServer((request, response) => {
    if (request.url === '/inventory') return response.end(JSON.stringify({ routes }));
    const key = keyOf(request);
    if (copies.has(key)) response.setHeader('Age', '0');
    copies.add(key);
    return response.end('{}');
  });
  const variants = [{ Authorization: 'Bearer one' }, { 'Accept-Language': 'de' }];
  const target = { ...sampleTarget(), world: null, inventory: { path: '/inventory', values: {}, variants } };
  const plan = {
    runId: '20260101-000000-abcd',
    tenants: [{ id: 'tenant-1' }],
    regions: [{ id: 'eu-west-1' }],
    claims: [{ kind: 'cache-scope' }],
  };
  const run = { plan, target, upstreams: { regions: [server.upstream], edge: null } } as unknown as ObservedRun;
  const [event] = await cacheScope(run)!.finish(0);
  return (event as { seen: ObservedScopes }).seen;
}

/** By variant, whether it got a copy. */
const copiesIn = (seen: ObservedScopes): Record<string, boolean> =>
  Object.fromEntries(seen[0]!.routes.flatMap(({ variants }) => variants.map(({ name, isCopy }) => [name, isCopy])));

test('every tenant, login and language gets a copy of its own where the cache tells them apart', async () => {
  const seen = await observed(({ url, headers }) => [url, headers.authorization, headers['accept-language']].join());
  expect(seen[0]!.routes.map(({ name, isCached }) => [name, isCached])).toEqual([
    ['GET /long', false],
    ['GET /items?tenant={tenant}', true],
  ]);
  expect(copiesIn(seen)).toEqual({ 'another tenant': false, Authorization: false, 'Accept-Language': false });
});

test('a cache that ignores the login serves one copy to both', async () => {
  const seen = await observed(({ url, headers }) => [url, headers['accept-language']].join());
  expect(copiesIn(seen)).toEqual({ 'another tenant': false, Authorization: true, 'Accept-Language': false });
});

test('a cache that ignores the query serves the copy of another tenant', async () => {
  const seen = await observed(({ url }) => url!.split('?')[0]!);
  expect(copiesIn(seen)['another tenant']).toBe(true);
});
