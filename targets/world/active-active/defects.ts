/**
 * The bugs that can be planted, one at a time, each made to break one claim of target.yaml or to be found by one
 * experiment. Either counts as covered only when the healthy world passes it and the world with its defect fails it.
 * Names and sentences: worlds.json, which the harness reads too.
 *
 *   slow-region      read-p99    a tail that averages hide
 *   stalled-region   read-p99    nothing fails, everything waits; Server-Timing does not show it
 *   error-rate       good        five times the error budget of 99.9 %
 *   silent-region    home-share  the region looks healthy because nobody asks it
 *   wrong-region     home-share  one city goes round the world
 *   stale-replica    staleness   every answer is fast and 200, and old
 *
 *   no-failover          region-outage      health checks run and nobody acts on them
 *   slow-health-check    region-outage      every 10 s instead of every second
 *   ttl-ignored          region-outage      answers are believed for a minute
 *   no-fail-back         region-outage      what was removed stays removed
 *   lost-writes          region-outage      acknowledged and never written
 *   redis-required       redis-loss         the cache has become a store
 *   cache-after-delete   redis-loss         what is deleted stays in the cache
 *   stampede             redis-cold         an empty cache lets everyone through to a slow origin
 *   silent-lag-alert     replication-delay  the alert never fires
 *   lying-lag-dashboard  replication-delay  the dashboard says 0
 *   split-brain          primary-outage     the old primary goes on as one
 *   wrong-cart-winner    inter-region-partition  a write loses to the version it was made from
 */
import type { CheckRhythm } from '../kit/health-check.ts';
import worlds from '../worlds.json' with { type: 'json' };

export type DefectId = keyof (typeof worlds)['active-active']['defects'];
export type Defect = DefectId | null;

export const DEFECTS = Object.keys(worlds['active-active'].defects) as DefectId[];

export const isDefect = (id: unknown): id is DefectId => DEFECTS.some((known) => known === id);

/**
 * A predicate that is true for this share of its calls, spread evenly instead of drawn: the multiples of the golden
 * ratio never clump (any n calls hit within about one of n * share), so every run of a defect carries its share.
 */
export function evenly(share: number): () => boolean {
  let at = 0.5;
  return () => {
    at = (at + 0.618033988749895) % 1;
    return at < share;
  };
}

/** Milliseconds that a read in this region must wait besides: 0, or 150 to 300 for 3 % of them. */
export function readDelay(defect: Defect, region: string): () => number {
  if (defect !== 'slow-region' || region !== 'eu-west-1') return () => 0;
  const isHit = evenly(0.03);
  let hits = 0;
  return () => (isHit() ? 150 + ((hits++ * 37) % 150) : 0);
}

/** Whether this request must end with 500. */
export function failure(defect: Defect, region: string): () => boolean {
  return defect === 'error-rate' && region === 'eu-west-1' ? evenly(0.005) : () => false;
}

/** The region that routing names instead of the nearest one, of those that may be named. */
export function misrouted(defect: Defect, city: string, nearest: string, answering: ReadonlySet<string>): string {
  let named = nearest;
  if (defect === 'silent-region' && nearest === 'ap-southeast-1') named = 'eu-west-1';
  if (defect === 'wrong-region' && city === 'tokyo') named = 'us-east-1';
  return answering.has(named) ? named : nearest;
}

/** How long answers of the routing may be believed, seconds. */
export const answeredTtlSeconds = (defect: Defect, declared: number): number =>
  defect === 'ttl-ignored' ? 60 : declared;

/** How the edge really checks. */
export const routingRhythm = (defect: Defect, declared: CheckRhythm): CheckRhythm =>
  defect === 'slow-health-check' ? { ...declared, intervalMs: 10_000 } : declared;

/** Whether this write must be acknowledged and not be made. */
export const losesWrite = (defect: Defect): (() => boolean) => (defect === 'lost-writes' ? evenly(0.005) : () => false);

/** How long a product may be served from a region's cache, ms. */
export const cacheMs = (defect: Defect): number => (defect === 'cache-after-delete' ? 60_000 : 1_000);

/** Whether a delete leaves what the cache has. */
export const deleteStaysCached = (defect: Defect): boolean => defect === 'cache-after-delete';

/** Under `stampede`: how long the origin is slow once Redis has been emptied, and by how much a read is. */
export const STAMPEDE = { forMs: 10_000, delayMs: 400 } as const;

/** How late a replica replays, ms. */
export const replayDelayMs = (defect: Defect, region: string): number =>
  defect === 'stale-replica' && region === 'ap-southeast-1' ? 2_000 : 0;

/** The region whose API is frozen, and when, ms after the world is up. */
export const STALL = { region: 'ap-southeast-1', firstAfterMs: 3_000, forMs: 2_000, everyMs: 20_000 } as const;
