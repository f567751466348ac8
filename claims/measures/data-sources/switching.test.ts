import { describe, expect, it } from 'vitest';
import { found } from '../../../test/found.ts';
import type { Finding } from '../../claim.ts';
import type { FaultInstants } from '../fault-instants.ts';
import type { DataSources } from './schema.ts';

/** A fault from 20 s to 40 s after T0. By second, the reads from the replica and from the primary. */
function judged(
  kind: 'replica-out' | 'replica-back',
  readsAt: (s: number) => [replica: number, primary: number],
): Finding {
  const seconds = Array.from({ length: 100 }, (_, i) => i);
  const its: DataSources = {
    region: 'ap-southeast-1',
    atMs: seconds.map((s) => s * 1000),
    reads: { replica: seconds.map((s) => readsAt(s)[0]), primary: seconds.map((s) => readsAt(s)[1]) },
    fromPrimary: 0,
    behind: 0,
  };
  const instants = [{ t0Ms: 20_000, t1Ms: 40_000 } as FaultInstants];
  return found(kind, { replicaOutSeconds: 3, replicaBackSeconds: 10 }, { dataSources: [its] }, instants);
}

const fromReplica: [number, number] = [80, 20];
const fromPrimary: [number, number] = [0, 100];
/** Served by the primary from one second to another, by the replica before and after. */
const away =
  (from: number, to: number) =>
  (s: number): [number, number] =>
    s >= from && s < to ? fromPrimary : fromReplica;

describe('the replica is out of the reads', () => {
  it.each([
    [20, 'PASS', 0, 0],
    [22, 'PASS', 1000, 2000],
    [24, 'INCONCLUSIVE', 3000, 4000],
    [27, 'FAIL', 6000, 7000],
  ])('from second %d on: %s against 3 s', (from, status, fromMs, toMs) => {
    expect(judged('replica-out', away(from, 45))).toMatchObject({ status, fromMs, toMs });
  });

  it('never: FAIL', () => {
    const { status, why } = judged('replica-out', () => fromReplica);
    expect([status, why]).toEqual([
      'FAIL',
      expect.stringContaining('still served reads in the last whole second before the fault cleared'),
    ]);
  });

  it('for a moment only: the last read counts', () => {
    expect(judged('replica-out', (s) => (s === 35 ? fromReplica : away(21, 45)(s))).status).toBe('FAIL');
  });
});

describe('the replica is back in the reads', () => {
  it.each([
    [40, 'PASS', 0, 0],
    [45, 'PASS', 4000, 5000],
    [55, 'FAIL', 14_000, 15_000],
  ])('from second %d on: %s against 10 s', (to, status, fromMs, toMs) => {
    expect(judged('replica-back', away(20, to))).toMatchObject({ status, fromMs, toMs });
  });

  it('never, or only in the last second: FAIL', () => {
    expect(judged('replica-back', away(20, 100)).status).toBe('FAIL');
    expect(judged('replica-back', away(20, 99)).status).toBe('FAIL');
  });

  it('with half of its usual share, as users who have written read from the primary', () => {
    expect(judged('replica-back', (s) => (s >= 45 ? [41, 59] : away(20, 45)(s))).status).toBe('PASS');
    expect(judged('replica-back', (s) => (s >= 45 ? [39, 61] : away(20, 45)(s))).status).toBe('FAIL');
  });
});

describe('both', () => {
  it.each(['replica-out', 'replica-back'] as const)('%s is not tested if the replica served nothing before', (kind) => {
    const { status, why } = judged(kind, () => fromPrimary);
    expect([status, why]).toEqual(['INCONCLUSIVE', expect.stringContaining('served no read before the fault')]);
  });

  it.each(['replica-out', 'replica-back'] as const)('%s is not tested without reads in its time', (kind) => {
    const nothing = (s: number): [number, number] => (s < 20 ? fromReplica : [0, 0]);
    expect(judged(kind, nothing)).toMatchObject({ status: 'INCONCLUSIVE' });
    expect(judged(kind, (s) => (s === 30 || s === 50 ? fromPrimary : nothing(s)))).toMatchObject({
      status: 'INCONCLUSIVE',
    });
  });

  it.each(['replica-out', 'replica-back'] as const)('%s is not tested if no response named its source', (kind) => {
    const finding = found(kind, { replicaOutSeconds: 3, replicaBackSeconds: 10 }, { dataSources: [] });
    expect(finding).toMatchObject({ status: 'INCONCLUSIVE', total: 0 });
  });
});
