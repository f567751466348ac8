/** The planted defects of this world, each found by one claim of target.yaml or one experiment. */
import type { DefectNote } from '../kit/defects.ts';
import { type Caching, DEFAULT_CACHING } from '../kit/programs/asset-cache.ts';

export const DEFECTS = {
  // A logged-out user stays logged in wherever the replica is behind.
  'auth-from-replica': { breaks: 'auth-source', what: 'ap-southeast-1 looks for sessions in its replica first' },
  // The writes look fast and are nowhere else.
  'write-at-edge': {
    breaks: 'write-source',
    what: '5 % of reviews in ap-southeast-1 are acknowledged by its Redis and never reach the primary',
  },
  'inventory-outdated': {
    breaks: 'inventory',
    what: 'the inventory lists the configuration of tenants as never cached',
  },
  'immortal-copies': { breaks: 'inventory', what: 'copies in the Redis of an edge are kept for a minute' },
  'short-lived-assets': { breaks: 'cost', what: 'assets are cached for one second only' },
  'shared-copies': {
    breaks: 'cache-scope',
    what: 'copies at an edge are keyed by path alone, without tenant, locale and login',
  },
  'mislabelled-source': {
    breaks: 'source-label',
    what: 'a third of the reads from the replica name the primary as their source',
  },
  'writes-need-replica': {
    breaks: 'replica-loss',
    what: 'writes in ap-southeast-1 read from its replica first, and wait for it',
  },
  'slow-replica': { breaks: 'near-reads', what: 'reads from the replica take 70 ms longer' },
  'hint-believed': {
    breaks: 'region-hint',
    what: 'requests with a hint that names no region with a database get status 503',
  },
  'private-copies': { breaks: 'inventory', what: 'accounts are copied to the Redis of an edge' },
  'diverging-replica': {
    breaks: 'divergent-writes',
    what: 'one in a hundred rows of the ledger is missing from the replica',
  },
  'lag-ignored': { breaks: 'replica-lag', what: 'the replica serves reads however far behind it is' },
  'replica-stays-out': {
    breaks: 'replica-lag',
    what: 'a replica that was taken out of the reads does not return',
  },
  'no-pin': { breaks: 'own-writes-under-lag', what: 'users do not read from the primary after their own writes' },
  'cdn-always-miss': { breaks: 'edge', what: 'every request for an asset goes to the origin' },
  'redis-required': { breaks: 'edge-redis-loss', what: 'cacheable reads fail without the Redis of the edge' },
  'copy-required': {
    breaks: 'edge-redis-full',
    what: 'cacheable reads fail if the Redis of the edge cannot keep their copy',
  },
  'slow-refusal': { breaks: 'primary-loss', what: 'what fails without the primary fails four seconds later' },
  'no-fallback': { breaks: 'replica-loss', what: 'reads in ap-southeast-1 fail without its replica' },
} as const satisfies Record<string, DefectNote>;

export type DefectId = keyof typeof DEFECTS;
export type Defect = DefectId | null;

/** How the edge caches assets, with the defect planted. */
export const plantedCaching = (defect: Defect): Caching => ({ ...DEFAULT_CACHING, ...CACHING[defect ?? ''] });

const CACHING: Record<string, Partial<Caching>> = {
  'cdn-always-miss': { maxAgeSeconds: 0 },
  'short-lived-assets': { maxAgeSeconds: 1 },
};
