import { describe, expect, it } from 'vitest';
import { found } from '../../../test/found.ts';
import type { Finding } from '../../claim.ts';
import type { FaultInstants } from '../fault-instants.ts';
import type { ReplicaLag } from './schema.ts';

/** A fault from second 10 to 40 in ap-southeast-1, and what was seen and reported there by second. */
function judged(
  kind: 'lag-alert' | 'unreported-lag',
  {
    seen,
    reported,
    alerts = [],
  }: { seen: (s: number) => number | null; reported: (s: number) => number | null; alerts?: number[] },
  fault: Partial<FaultInstants> = {},
): Finding {
  const seconds = Array.from({ length: 60 }, (_, i) => i);
  const lag: ReplicaLag = {
    region: 'ap-southeast-1',
    atMs: seconds.map((s) => s * 1000),
    seenMs: seconds.map(seen),
    reportedMs: seconds.map(reported),
    alerts: alerts.map((s) => s * 1000),
  };
  const instants = [{ t0Ms: 10_000, t1Ms: 40_000, ...fault } as FaultInstants];
  return found(kind, { lagAlertSeconds: 5, unreportedLagShare: 0.2 }, { replicaLag: [lag] }, instants);
}

const inFault = (s: number): boolean => s >= 10 && s < 40;
const late = (s: number): number => (inFault(s) ? 2_100 : 40);

describe('the alert on lag', () => {
  it('must be on within the limit after t0', () => {
    const at = (s: number): Finding => judged('lag-alert', { seen: late, reported: late, alerts: [s, s + 1] });
    expect(at(12)).toMatchObject({ status: 'PASS', toMs: 2_000 });
    expect(at(16)).toMatchObject({ status: 'FAIL', toMs: 6_000 });
    expect(at(4).status).toBe('FAIL');
  });

  it('that never fires FAILs if clients saw lag, and is not judged if they saw none', () => {
    expect(judged('lag-alert', { seen: late, reported: late })).toMatchObject({ status: 'FAIL', toMs: null });
    expect(judged('lag-alert', { seen: () => 40, reported: late }).status).toBe('INCONCLUSIVE');
  });

  it('is not tested without reports or without a fault in effect', () => {
    expect(judged('lag-alert', { seen: late, reported: () => null, alerts: [12] }).status).toBe('INCONCLUSIVE');
    expect(judged('lag-alert', { seen: late, reported: late }, { t0Ms: null }).status).toBe('INCONCLUSIVE');
  });
});

describe('the lag that a target reports', () => {
  it('may be lower than the lag that clients see, within the tolerance', () => {
    expect(judged('unreported-lag', { seen: late, reported: (s) => late(s) - 400 })).toMatchObject({
      status: 'PASS',
      bad: 0,
    });
    expect(judged('unreported-lag', { seen: late, reported: () => 0 })).toMatchObject({
      status: 'FAIL',
      bad: 30,
      total: 30,
    });
  });

  it('counts the seconds of the fault with reads', () => {
    const sparse = judged('unreported-lag', { seen: (s) => (s % 10 === 5 ? late(s) : null), reported: late });
    expect(sparse).toMatchObject({ status: 'INCONCLUSIVE', total: 3, bad: 0 });
    expect(judged('unreported-lag', { seen: () => null, reported: late })).toMatchObject({
      status: 'INCONCLUSIVE',
      total: 0,
    });
  });

  it('is allowed to be a second late', () => {
    const growing = (s: number): number => (inFault(s) ? (s - 9) * 1000 : 40);
    const lagging = judged('unreported-lag', { seen: growing, reported: (s) => growing(s - 1) });
    expect(lagging.status).toBe('PASS');
  });
});
