import { describe, expect, it } from 'vitest';
import { found } from '../../test/found.ts';
import type { Finding } from '../claim.ts';
import type { ScopedRoute } from './observation.ts';

const variant = (change: Partial<ScopedRoute['variants'][number]> = {}): ScopedRoute['variants'][number] => ({
  name: 'another tenant',
  status: 200,
  isCopy: false,
  ...change,
});
const route = (variants: ScopedRoute['variants'], isCached = true): ScopedRoute => ({
  name: 'GET /items',
  isCached,
  variants,
});
const judged = (routes: ScopedRoute[], failure: string | null = null): Finding =>
  found('cache-scope', { sharedCopies: 0 }, {}, [], [{ region: 'ap-southeast-1', failure, routes }]);

describe('the scope of copies', () => {
  it('is kept if the first request of every tenant, login and language gets no copy', () => {
    const finding = judged([route([variant(), variant({ name: 'Authorization' })])]);
    expect(finding).toMatchObject({ status: 'PASS', total: 2, bad: 0 });
  });

  it('is broken if one of them gets a copy that was made for another', () => {
    const { status, why, bad } = judged([route([variant(), variant({ name: 'Authorization', isCopy: true })])]);
    expect([status, bad]).toEqual(['FAIL', 1]);
    expect(why).toContain('1 of 2 variants got a copy that was made for another (GET /items with Authorization)');
  });

  it('is undecided where a route has no copy or a variant no response, and not tested where none has', () => {
    expect(judged([route([variant()]), route([variant()], false)]).status).toBe('INCONCLUSIVE');
    expect(judged([route([variant(), variant({ status: 503 })])]).status).toBe('INCONCLUSIVE');
    expect(judged([route([variant(), variant({ status: 404 })])]).status).toBe('INCONCLUSIVE');
    expect(judged([route([variant({ status: null })])]).why).toMatch(/^Not tested: no route was served from a copy/);
    expect(judged([route([variant()], false)]).why).toMatch(/^Not tested: no route was served from a copy/);
    expect(judged([], 'status 404').why).toContain('could not be read: status 404');
  });
});
