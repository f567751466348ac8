/**
 * The bugs that can be planted here, each made to break one claim of target.yaml or to be found by one experiment.
 * Either counts as covered only when the healthy world passes it and the world with its defect fails it.
 */
import type { FastifyInstance } from 'fastify';
import { type DefectNote, evenly } from '../kit/defects.ts';
import type { LagBugs } from '../kit/postgres/lag-monitor.ts';
import { type Caching, SOUND_CACHING } from '../kit/programs/asset-cache.ts';
import { RUN_HEADER } from '../kit/programs/run-counter.ts';
import type { Misroute, Routing } from '../kit/programs/routing.ts';

/** It asks enough in gate-test to be found, and too little in any region for another claim to see (defects.test.ts). */
export const UNLUCKY_TENANT = 'tenant-67';

export const DEFECTS = {
  // A tail that averages hide.
  'slow-region': { breaks: 'read-p99', what: '3 % of reads in eu-west-1 take 150 to 300 ms longer' },
  // Nothing fails, everything waits; Server-Timing does not show it.
  'stalled-region': { breaks: 'read-p99', what: 'the API of ap-southeast-1 is frozen for 2 s in every 20' },
  // Five times the error budget of 99.9 %.
  'error-rate': { breaks: 'good', what: "0.5 % of a run's requests in eu-west-1 end with status 500" },
  // The region looks healthy because nobody asks it.
  'silent-region': { breaks: 'home-share', what: 'whoever is nearest to ap-southeast-1 is sent to eu-west-1' },
  // One city goes round the world.
  'wrong-region': { breaks: 'home-share', what: 'Tokyo is sent to us-east-1' },
  // Every answer is fast and 200, and old.
  'stale-replica': { breaks: 'staleness', what: 'the replica in ap-southeast-1 replays 2 s late' },
  'no-failover': { breaks: 'region-outage', what: 'health checks never take a region out of the answers' },
  'slow-health-check': { breaks: 'region-outage', what: 'regions are checked every 10 s only' },
  'ttl-ignored': { breaks: 'region-outage', what: 'answers of the routing carry a TTL of 60 s' },
  'no-fail-back': { breaks: 'region-outage', what: 'a region that was taken out never returns' },
  'lost-writes': { breaks: 'region-outage', what: '0.5 % of acknowledged writes are not written' },
  // The cache has become a store.
  'redis-required': { breaks: 'redis-loss', what: 'reads and logins fail without Redis' },
  'cache-after-delete': {
    breaks: 'redis-loss',
    what: "a deleted product stays in the region's cache, and is served from there for a minute",
  },
  stampede: { breaks: 'redis-cold', what: 'an emptied Redis lets every reader through to a slow origin' },
  'silent-lag-alert': { breaks: 'replication-delay', what: 'the alert on replication lag never fires' },
  'lying-lag-dashboard': { breaks: 'replication-delay', what: 'the lag dashboard says 0 ms' },
  'split-brain': { breaks: 'primary-outage', what: 'after a promotion the old primary still takes writes' },
  'wrong-cart-winner': {
    breaks: 'inter-region-partition',
    what: 'of two versions of a cart the one that arrives last wins, old as it may be',
  },
  // Whoever is sent there after a failover meets another API.
  'odd-answers': { breaks: 'identical-answers', what: 'products in eu-west-1 come without their price' },
  // One small customer is furious: what it asks is too little to be told from the 0.1 % that may fail.
  'unlucky-tenant': {
    breaks: 'any-tenant',
    what: `every request of ${UNLUCKY_TENANT}, about one in a thousand, ends with 500`,
  },
  // The release is out, and half of the world runs the old script.
  'purge-ignored': { breaks: 'edge', what: 'the edge answers a purge with 200 and keeps its copy' },
} as const satisfies Record<string, DefectNote>;

export type DefectId = keyof typeof DEFECTS;
export type Defect = DefectId | null;

const MISROUTES: Partial<Record<DefectId, Misroute>> = {
  'silent-region': { nearest: 'ap-southeast-1', to: 'eu-west-1' },
  'wrong-region': { city: 'tokyo', to: 'us-east-1' },
};

/** The routing with the defect in it. */
export function plantedRouting(defect: Defect, declared: Routing): Routing {
  const misroute = defect === null ? undefined : MISROUTES[defect];
  return {
    ...declared,
    misroutes: misroute ? [misroute] : [],
    ttlSeconds: defect === 'ttl-ignored' ? 60 : declared.ttlSeconds,
    rhythm: defect === 'slow-health-check' ? { ...declared.rhythm, intervalMs: 10_000 } : declared.rhythm,
    heedsHealth: defect !== 'no-failover',
    takesBack: defect !== 'no-fail-back',
  };
}

/** How the edge treats its copies, with the defect in it. */
export const plantedCaching = (defect: Defect): Caching => ({
  ...SOUND_CACHING,
  heedsPurges: defect !== 'purge-ignored',
});

/** Milliseconds that a read in this region must wait besides: 0, or 150 to 300 for 3 % of them. */
export function readDelay(defect: Defect, region: string): () => number {
  if (defect !== 'slow-region' || region !== 'eu-west-1') return () => 0;
  const isHit = evenly(0.03);
  let hits = 0;
  return () => (isHit() ? 150 + ((hits++ * 37) % 150) : 0);
}

/** Plants in the API of a region what is wrong with its answers whatever was asked; to be called before its routes. */
export function plant(app: FastifyInstance, defect: Defect, region: string): void {
  if (defect === 'unlucky-tenant') {
    const named = new RegExp(`\\b${UNLUCKY_TENANT}\\b`);
    app.addHook('preHandler', (request, reply, done) => {
      const of = `${request.url} ${JSON.stringify(request.body ?? '')}`;
      if (named.test(of)) void reply.code(500).send({ error: 'planted' });
      else done();
    });
  }
  if (region !== 'eu-west-1') return;
  if (defect === 'error-rate') {
    const fails = evenly(0.005);
    app.addHook('onRequest', (request, reply, done) => {
      if (request.headers[RUN_HEADER] !== undefined && fails()) void reply.code(500).send({ error: 'planted' });
      else done();
    });
  }
  if (defect === 'odd-answers')
    app.addHook('onSend', (_request, _reply, payload, done) =>
      done(null, typeof payload === 'string' ? payload.replaceAll(/,"price":\d+/g, '') : payload),
    );
}

/** Whether this write must be acknowledged and not be made. */
export const losesWrite = (defect: Defect): (() => boolean) => (defect === 'lost-writes' ? evenly(0.005) : () => false);

/** How long a product may be served from a region's cache, ms. */
export const cacheMs = (defect: Defect): number => (defect === 'cache-after-delete' ? 60_000 : 1_000);

/** Whether a delete leaves what the cache has. */
export const deleteStaysCached = (defect: Defect): boolean => defect === 'cache-after-delete';

/** Under `stampede`: how long the origin is slow once Redis has been emptied, and by how much a read is. */
export const STAMPEDE = { forMs: 10_000, delayMs: 400 } as const;

/** What is wrong with the lag monitor. */
export const lagBugs = (defect: Defect): LagBugs => ({
  isSilent: defect === 'silent-lag-alert',
  isLying: defect === 'lying-lag-dashboard',
});

/** How late a replica replays, ms. */
export const replayDelayMs = (defect: Defect, region: string): number =>
  defect === 'stale-replica' && region === 'ap-southeast-1' ? 2_000 : 0;

/** The region whose API is frozen, and when, ms after the world is up. */
export const STALL = { region: 'ap-southeast-1', firstAfterMs: 3_000, forMs: 2_000, everyMs: 20_000 } as const;
