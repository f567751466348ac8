/**
 * The planted defects of this world. Each one breaks one claim of target.yaml or is found by one experiment. A claim
 * or experiment counts as covered only if the healthy world passes it and the world with the defect fails it.
 */
import type { FastifyInstance } from 'fastify';
import { type DefectNote, evenly } from '../kit/defects.ts';
import type { LagBugs } from '../kit/postgres/lag-monitor.ts';
import { type Caching, DEFAULT_CACHING } from '../kit/programs/asset-cache.ts';
import { RUN_HEADER } from '../kit/programs/run-counter.ts';
import type { Misroute, Routing } from '../kit/programs/routing.ts';

/** Sends enough requests in gate-test to be found, and too few in any region to fail another claim (see its test). */
export const UNLUCKY_TENANT = 'tenant-67';

export const DEFECTS = {
  // A slow tail that an average hides.
  'slow-region': { breaks: 'read-p99', what: '3 % of reads in eu-west-1 take 150 to 300 ms longer' },
  // Requests wait but do not fail, and Server-Timing does not show the wait.
  'stalled-region': { breaks: 'read-p99', what: 'the API in ap-southeast-1 freezes for 2 s out of every 20 s' },
  // Five times the error budget of 99.9 %.
  'error-rate': { breaks: 'availability', what: "0.5 % of a run's requests in eu-west-1 fail with status 500" },
  // The region probes healthy because it gets no traffic.
  'silent-region': { breaks: 'home-share', what: 'clients nearest to ap-southeast-1 are routed to eu-west-1' },
  'wrong-region': { breaks: 'home-share', what: 'clients in Tokyo are routed to us-east-1' },
  // Every response is fast and has status 200, but is old.
  'stale-replica': { breaks: 'staleness', what: 'the replica in ap-southeast-1 replays with a delay of 2 s' },
  'no-failover': {
    breaks: 'region-outage',
    what: 'routing ignores health checks and never removes an unhealthy region',
  },
  'slow-health-check': { breaks: 'region-outage', what: 'regions are health-checked only every 10 s' },
  'ttl-ignored': { breaks: 'region-outage', what: 'routing answers have a TTL of 60 s' },
  'no-fail-back': { breaks: 'region-outage', what: 'a region removed from routing is never added back' },
  'lost-writes': { breaks: 'region-outage', what: '0.5 % of writes are acknowledged but not stored' },
  'redis-required': { breaks: 'redis-loss', what: 'reads and logins fail without Redis' },
  'cache-after-delete': {
    breaks: 'redis-loss',
    what: "a deleted product stays in the region's cache and is served from it for up to a minute",
  },
  stampede: { breaks: 'redis-cold', what: 'after Redis is emptied, every read goes to a slow origin' },
  'silent-lag-alert': { breaks: 'replication-delay', what: 'the replication lag alert never fires' },
  'lying-lag-dashboard': { breaks: 'replication-delay', what: 'the lag dashboard always shows 0 ms' },
  'split-brain': { breaks: 'primary-outage', what: 'after a promotion the old primary still accepts writes' },
  'wrong-cart-winner': {
    breaks: 'inter-region-partition',
    what: 'of two versions of a cart, the one that arrives last wins, even if it is older',
  },
  // After a failover, clients meet a different API.
  'odd-answers': { breaks: 'identical-answers', what: 'eu-west-1 returns products without their price' },
  // Its traffic is too small to show in the 0.1 % of all requests that may fail.
  'unlucky-tenant': {
    breaks: 'any-tenant',
    what: `every request of ${UNLUCKY_TENANT}, about one in a thousand, fails with status 500`,
  },
  // After a release, clients still load the old script.
  'purge-ignored': { breaks: 'edge', what: 'the edge responds to a purge with 200 but keeps its copy' },
} as const satisfies Record<string, DefectNote>;

export type DefectId = keyof typeof DEFECTS;
export type Defect = DefectId | null;

const MISROUTES: Partial<Record<DefectId, Misroute>> = {
  'silent-region': { nearest: 'ap-southeast-1', to: 'eu-west-1' },
  'wrong-region': { city: 'tokyo', to: 'us-east-1' },
};

/** The routing, with the defect planted. */
export function plantedRouting(defect: Defect, declared: Routing): Routing {
  const misroute = defect === null ? undefined : MISROUTES[defect];
  return {
    ...declared,
    misroutes: misroute ? [misroute] : [],
    ttlSeconds: defect === 'ttl-ignored' ? 60 : declared.ttlSeconds,
    rhythm: defect === 'slow-health-check' ? { ...declared.rhythm, intervalMs: 10_000 } : declared.rhythm,
    removesUnhealthy: defect !== 'no-failover',
    restoresHealthy: defect !== 'no-fail-back',
  };
}

/** The caching of the edge, with the defect planted. */
export const plantedCaching = (defect: Defect): Caching => ({
  ...DEFAULT_CACHING,
  appliesPurges: defect !== 'purge-ignored',
});

/** Extra delay of a read in this region, ms: 0, or 150 to 300 for 3 % of the reads. */
export function readDelay(defect: Defect, region: string): () => number {
  if (defect !== 'slow-region' || region !== 'eu-west-1') return () => 0;
  const isHit = evenly(0.03);
  let hits = 0;
  return () => (isHit() ? 150 + ((hits++ * 37) % 150) : 0);
}

/** Plants the defects that affect responses of any route in the API of a region. Call it before adding routes. */
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

/** Whether this write is to be acknowledged but not stored. */
export const losesWrite = (defect: Defect): (() => boolean) => (defect === 'lost-writes' ? evenly(0.005) : () => false);

/** How long a product may be served from a region's cache, ms. */
export const cacheMs = (defect: Defect): number => (defect === 'cache-after-delete' ? 60_000 : 1_000);

/** Whether a delete leaves the cached copy in place. */
export const deleteStaysCached = (defect: Defect): boolean => defect === 'cache-after-delete';

/** Under `stampede`: for how long the origin is slow after Redis was emptied, and the extra delay of a read. */
export const STAMPEDE = { forMs: 10_000, delayMs: 400 } as const;

/** Defects of the lag monitor. */
export const lagBugs = (defect: Defect): LagBugs => ({
  isSilent: defect === 'silent-lag-alert',
  isLying: defect === 'lying-lag-dashboard',
});

/** Replay delay of a replica, ms. */
export const replayDelayMs = (defect: Defect, region: string): number =>
  defect === 'stale-replica' && region === 'ap-southeast-1' ? 2_000 : 0;

/** Under `stalled-region`: the region whose API is frozen, and when, ms after the world is up. */
export const STALL = { region: 'ap-southeast-1', firstAfterMs: 3_000, forMs: 2_000, everyMs: 20_000 } as const;
