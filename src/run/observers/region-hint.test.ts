import { expect, test } from 'vitest';
import type { ObservedHints } from '../../../claims/region-hint/observation.ts';
import { observedServer } from '../../../test/observed-server.ts';
import { sampleTarget } from '../../../test/sample/plan-input.ts';
import type { ObservedRun } from './observer.ts';
import { regionHint } from './region-hint.ts';

test('each operation is sent without a hint, with each region, with an unknown one and with an empty one', async () => {
  const requests: string[] = [];
  await using server = await observedServer((request, response) => {
    const hint = request.headers['x-hint'];
    requests.push(`${request.method} ${request.url} ${hint === undefined ? 'none' : `"${String(hint)}"`}`);
    response.writeHead(hint === 'mars-1' ? 503 : 200, { 'x-from': 'primary', 'x-region': 'eu-west-1' }).end();
  });
  const [operation] = sampleTarget().operations;
  const request = { ...operation!, expect: [200], headers: {} };
  const target = {
    ...sampleTarget(),
    operations: [
      { ...request, name: 'get', class: 'read', method: 'GET', path: '/items/{key}' },
      { ...request, name: 'remove', class: 'write', method: 'DELETE', path: '/items/{key}' },
    ],
    regionHint: { header: 'X-Hint', operations: ['get', 'remove'] },
    observe: { ...sampleTarget().observe, source: 'X-From', region: 'X-Region' },
  };
  const plan = {
    runId: '20260101-000000-abcd',
    tenants: [],
    regions: [{ id: 'eu-west-1' }],
    claims: [{ kind: 'region-hint' }],
  };
  const run = { plan, target, upstreams: { regions: [server.upstream], edge: null } } as unknown as ObservedRun;
  const [event] = await regionHint(run)!.finish(0);
  const { seen } = event as { seen: ObservedHints };
  const hints = ['none', '"eu-west-1"', '"mars-1"', '""'];
  expect(requests).toEqual([
    ...hints.map((hint) => `GET /items/1 ${hint}`),
    ...hints.map((hint) => `DELETE /items/2000000 ${hint}`),
  ]);
  expect(seen[0]!.region).toBe('eu-west-1');
  expect(seen[0]!.requests[2]).toEqual({
    operation: 'get',
    isStrong: false,
    hint: 'mars-1',
    isKnown: false,
    status: 503,
    isExpected: false,
    source: 'primary',
    servedBy: 'eu-west-1',
  });
  expect(seen[0]!.requests[5]).toMatchObject({ isStrong: true, hint: 'eu-west-1', isKnown: true, isExpected: true });
});
