import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import type { ObservedInventories } from '../../../claims/inventory/observation.ts';
import { observedServer } from '../../../test/observed-server.ts';
import { sampleTarget } from '../../../test/sample/plan-input.ts';
import { inventory } from './inventory.ts';
import type { ObservedRun } from './observer.ts';

const route = (path: string, ttlSeconds: number | null = null, method = 'GET') => ({
  method,
  path,
  sources: ['primary'],
  ttlSeconds,
});

/** What is observed of a region with this inventory, and the URLs that it was asked for. */
async function observed(document: unknown, status = 200): Promise<{ seen: ObservedInventories; urls: string[] }> {
  const urls: string[] = [];
  await using server = await observedServer((request: IncomingMessage, response) => {
    urls.push(request.url!);
    if (request.url === '/inventory') return response.writeHead(status).end(JSON.stringify(document));
    return response
      .writeHead(200, { 'x-from': 'primary', ...(request.url!.includes('copy') ? { age: '1' } : {}) })
      .end();
  });
  const target = {
    ...sampleTarget(),
    world: null,
    inventory: { path: '/inventory', values: { account: 'user 1' }, variants: [] },
  };
  target.observe.source = 'X-From';
  const plan = {
    runId: '20260101-000000-abcd',
    tenants: [{ id: 'tenant-1' }],
    regions: [{ id: 'eu-west-1' }],
    claims: [{ kind: 'inventory' }],
  };
  const run = { plan, target, upstreams: { regions: [server.upstream], edge: null } } as unknown as ObservedRun;
  const [event] = await inventory(run)!.finish(0);
  return { seen: (event as { seen: ObservedInventories }).seen, urls };
}

test('every GET route of an inventory is requested twice, with its placeholders filled', async () => {
  const routes = [
    route('/items/{key}'),
    route('/of/{tenant}'),
    route('/by/{account}'),
    route('/items/{key}', null, 'PUT'),
  ];
  const { seen, urls } = await observed({ routes });
  const paths = ['/items/1', '/of/tenant-1', '/by/user%201'];
  expect(urls).toEqual(['/inventory', ...paths, ...paths]);
  expect(seen).toHaveLength(1);
  expect(seen[0]).toMatchObject({ region: 'eu-west-1', failure: null });
  expect(seen[0]!.routes.map(({ name, responses }) => [name, responses.length])).toEqual([
    ['GET /items/{key}', 2],
    ['GET /of/{tenant}', 2],
    ['GET /by/{account}', 2],
  ]);
  const response = { status: 200, failure: null, source: 'primary', ageSeconds: null };
  expect(seen[0]!.routes[0]!.responses).toEqual([response, response]);
});

test('a route with a TTL is requested once more when copies must have expired', async () => {
  const beganMs = Date.now();
  const { seen } = await observed({ routes: [route('/copy', 1), route('/unknown/{what}')] });
  expect(Date.now() - beganMs).toBeGreaterThan(2_000);
  expect(seen[0]!.routes.map(({ responses }) => responses.map(({ ageSeconds }) => ageSeconds))).toEqual([
    [1, 1, 1],
    [],
  ]);
});

test('an inventory that cannot be read is observed as such, with the reason', async () => {
  expect((await observed({}, 404)).seen[0]).toEqual({ region: 'eu-west-1', failure: 'status 404', routes: [] });
  expect((await observed({ routes: [{ path: '/x' }] })).seen[0]!.failure).toMatch(/its response is not/);
});
