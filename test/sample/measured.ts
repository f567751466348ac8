/** What the sample measured of its fault and of its data. */
import type { Figures } from '../../claims/measures/index.ts';
import type { RunPlan } from '../../src/formats/plan.ts';
import { sampleEvacuation } from './evacuation.ts';
import { faultFigures, sampleLag } from './faults.ts';
import { type Drawn, hasFault, type SampleKind } from './scene.ts';

export function sampleFigures(plan: RunPlan, requests: Drawn[], kind: SampleKind): Figures {
  if (!hasFault(kind))
    return {
      failover: { faults: [], evacuation: null },
      ledger: null,
      carts: null,
      sessions: [],
      replicaLag: [],
      dataSources: sampleSources(plan),
      servedRequests: sampleServed(plan),
      tenants: [],
    };
  return {
    failover: { faults: [faultFigures(plan, requests, kind)], evacuation: sampleEvacuation() },
    ledger: {
      acknowledged: 3_402,
      refused: 0,
      unknown: 3,
      appeared: 1,
      unread: [],
      wasRead: true,
      lost: 0,
      divergent: 0,
      lostBeforeMs: 0,
      behind: plan.regions.map((r) => ({ region: r.id, missing: 0 })),
    },
    carts: {
      acknowledged: 2_268,
      refused: 0,
      unknown: 2,
      unclear: 0,
      ignored: 0,
      during: 590,
      differing: 0,
      readAfterMs: 61_200,
      regions: plan.regions.map(({ id }, i) => ({
        region: id,
        wasRead: true,
        carts: 12,
        wrong: 0,
        unjudged: 0,
        ancestors: 0,
        strangers: 0,
        gone: 0,
        reads: 236,
        unseen: 0,
        fromMs: 100 * i,
        toMs: 640 + 300 * i,
      })),
    },
    sessions: plan.regions.map(({ id }, i) => ({
      region: id,
      sessions: 27,
      reads: 640 - i * 110,
      missedOwnWrites: i,
      longestMissMs: i * 62,
      lateReads: 420 - i * 70,
      lateMissed: 0,
      nonMonotonicReads: 0,
    })),
    replicaLag: sampleLag(plan),
    dataSources: sampleSources(plan),
    servedRequests: sampleServed(plan),
    tenants: [],
  };
}

/** Reads from the replica, or the primary in its own region, and every fourth from a cache. */
const sampleSources = (plan: RunPlan): Figures['dataSources'] => {
  const atMs = Array.from({ length: Math.ceil(plan.durationMs / 1000) }, (_, i) => i * 1000);
  return plan.regions.map(({ id, replica }) => ({
    region: id,
    atMs,
    reads: { [replica ? 'replica' : 'primary']: atMs.map(() => 30), cache: atMs.map((_, i) => 8 + (i % 5)) },
    fromPrimary: replica ? 0 : 412,
    behind: 0,
  }));
};

const sampleServed = (plan: RunPlan): Figures['servedRequests'] => ({
  seconds: 40,
  regions: plan.regions.map(({ id, replica }, i) => ({
    region: id,
    requests: { [replica ? 'replica' : 'primary']: 2_600 - 400 * i, cache: 700 },
  })),
});
