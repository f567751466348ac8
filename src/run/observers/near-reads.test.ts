import { expect, test, vi } from 'vitest';
import type { ObservedPairs } from '../../../claims/near-reads/observation.ts';
import { observedServer } from '../../../test/observed-server.ts';
import { sampleTarget } from '../../../test/sample/plan-input.ts';
import { nearReads } from './near-reads.ts';
import type { ObservedRun } from './observer.ts';

test('the same record is read near the replica and forced to the primary, in turns, in regions with a replica', async () => {
  const reads: string[] = [];
  await using server = await observedServer((request, response) => {
    reads.push(`${request.url} ${String(request.headers['x-read-from'] ?? 'near')}`);
    response.statusCode = reads.length === 4 ? 503 : 200;
    response.end('{}');
  });
  const target = {
    ...sampleTarget(),
    nearReads: { path: '/items/{key}', forced: { 'X-Read-From': 'primary' }, times: 5 },
  };
  const plan = {
    runId: '20260101-000000-abcd',
    tenants: [{ id: 'tenant-1' }],
    regions: [
      { id: 'us-east-1', replica: false },
      { id: 'ap-southeast-1', replica: true },
    ],
    claims: [{ kind: 'near-reads' }],
    experiment: null,
  };
  const profile = { keys: { count: 100 } };
  const run = { plan, profile, target, upstreams: { regions: [server.upstream, server.upstream], edge: null } };
  const observation = nearReads(run as unknown as ObservedRun)!;
  await vi.waitFor(() => expect(reads.length).toBeGreaterThanOrEqual(6), { timeout: 10_000 });
  const [event] = await observation.finish(0);
  const { pairs, failed } = (event as { seen: ObservedPairs }).seen;
  expect(reads.slice(0, 6)).toEqual([
    '/items/1 near',
    '/items/1 primary',
    '/items/2 primary',
    '/items/2 near',
    '/items/3 near',
    '/items/3 primary',
  ]);
  expect(failed).toBe(1);
  expect(pairs[0]).toEqual({ region: 'ap-southeast-1', nearMs: expect.any(Number), forcedMs: expect.any(Number) });
});
