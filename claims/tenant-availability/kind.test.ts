import { describe, expect, it } from 'vitest';
import { found } from '../../test/found.ts';
import type { Finding } from '../claim.ts';

/** What is found where tenants asked so often in the recovery, and so many of it failed. */
const judged = (...tenants: [bad: number, total: number][]): Finding =>
  found(
    'tenant-availability',
    { tenantBadShare: 0.05 },
    {
      tenants: [
        {
          phase: 'recovery',
          tenants: tenants.map(([bad, total], tenant) => ({ tenant, bad, total, designEffect: 1 })),
        },
      ],
    },
  );

describe('the worst tenant', () => {
  it('decides: one of many with failing requests is a FAIL that names it', () => {
    const { status, why, bad, total } = judged([0, 10_000], [30, 100], [0, 500]);
    expect([status, bad, total]).toEqual(['FAIL', 30, 100]);
    expect(why).toMatch(/^30 of 100 requests of tenant-2 failed \(30 %\), the worst of 3 tenants/);
  });

  it('passes if every tenant is proven, small ones pooled', () => {
    const small = Array.from({ length: 50 }, (): [number, number] => [0, 4]);
    expect(judged([1, 400], [0, 80], ...small)).toMatchObject({ status: 'PASS' });
    expect(judged([1, 400], ...small).why).toContain('50 tenants with few requests were judged together');
  });

  it('is undecided if the small ones sent too little, or a large one is near the limit', () => {
    expect(judged([0, 400], [0, 4]).status).toBe('INCONCLUSIVE');
    expect(judged([4, 100]).status).toBe('INCONCLUSIVE');
  });

  it('is distinguished from chance: one bad request of a small tenant among 200 proves nothing', () => {
    const many = Array.from({ length: 199 }, (): [number, number] => [0, 100]);
    expect(judged(...many, [1, 3]).status).not.toBe('FAIL');
  });

  it('is found in a tiny tenant whose every request fails', () => {
    const many = Array.from({ length: 50 }, (): [number, number] => [0, 100]);
    expect(judged(...many, [6, 6]).status).toBe('FAIL');
  });

  it('is not tested without requests of tenants', () => {
    expect(judged().why).toMatch(/^Not tested/);
  });
});
