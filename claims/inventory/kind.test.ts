import { describe, expect, it } from 'vitest';
import { found } from '../../test/found.ts';
import type { Finding } from '../claim.ts';
import type { ObservedInventories, ObservedRoute, RouteResponse } from './observation.ts';

const response = (change: Partial<RouteResponse> = {}): RouteResponse => ({
  status: 200,
  failure: null,
  source: 'primary',
  ageSeconds: null,
  ...change,
});
const route = (responses: RouteResponse[], change: Partial<ObservedRoute> = {}): ObservedRoute => ({
  name: 'GET /items/{key}',
  sources: ['primary', 'cache'],
  ttlSeconds: 2,
  responses,
  ...change,
});

function judged(routes: ObservedRoute[], failure: string | null = null, region = 'ap-southeast-1'): Finding {
  const seen: ObservedInventories = [{ region, failure, routes }];
  return found('inventory', { wrongRoutes: 0 }, {}, [], seen);
}

describe('an inventory', () => {
  it('is kept if every response names a source that it allows', () => {
    const copy = response({ source: 'cache', ageSeconds: 2 });
    expect(judged([route([response(), copy])])).toMatchObject({ status: 'PASS', total: 1, bad: 0 });
  });

  it.each<[string, Partial<RouteResponse>, Partial<ObservedRoute>, string]>([
    ['another source', { source: 'replica' }, {}, 'from replica, not primary and cache'],
    ['no source', { source: '' }, {}, 'from an unnamed source, not primary and cache'],
    ['a copy older than its TTL', { source: 'cache', ageSeconds: 3 }, {}, 'a copy 3 s old, TTL 2 s'],
    ['a copy of what is not cached', { ageSeconds: 1 }, { ttlSeconds: null }, 'a copy 1 s old, not cached'],
  ])('is broken by %s', (_, change, of, words) => {
    const { status, why, bad } = judged([route([response()]), route([response(), response(change)], of)]);
    expect([status, bad]).toEqual(['FAIL', 1]);
    expect(why).toContain(`1 of 2 routes differs from the inventory (GET /items/{key}: ${words})`);
  });

  it('is undecided where a route has no response, and untested where none has one or it could not be read', () => {
    const silent = route([response({ status: null, failure: 'ECONNREFUSED' })]);
    expect(judged([route([response()]), silent]).status).toBe('INCONCLUSIVE');
    expect(judged([route([response()]), route([])]).status).toBe('INCONCLUSIVE');
    // An error has no data: that its source agrees proves nothing.
    expect(judged([route([response()]), route([response({ status: 503 })])]).status).toBe('INCONCLUSIVE');
    expect(judged([route([response()])]).why).toContain('Expiry was not tested for 1 route.');
    expect(judged([silent]).why).toMatch(/^Not tested: no route/);
    expect(judged([], 'status 404').why).toContain('could not be read: status 404');
    expect(judged([route([response()])], null, 'mars-1').why).toContain('no inventory was requested');
  });
});
