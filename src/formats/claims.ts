/** The kinds of claims that can be judged (claims/). Adding one: docs/add-a-claim.md. */
export const CLAIM_KINDS = [
  'latency',
  'availability',
  'home-share',
  'staleness',
  'rto',
  'evacuation',
  'fail-back',
  'back-to-baseline',
  'during-bad-share',
  'lost-writes',
  'divergent-writes',
  'lag-alert',
  'unreported-lag',
  'read-your-writes',
  'monotonic-reads',
  'cart-winner',
  'convergence',
  'identical-answers',
  'tenant-availability',
  'edge',
  'data-source',
  'fail-fast',
  'inventory',
  'cache-scope',
  'source-label',
  'near-reads',
  'region-hint',
  'cost',
  'replica-out',
  'replica-back',
] as const;
export type ClaimKind = (typeof CLAIM_KINDS)[number];

/**
 * The subject of a cell (claims/subjects.ts): a region, a city, a tenant, a pair of regions, a version of the API, the
 * target as a whole.
 */
export const SUBJECT_KINDS = ['region', 'origin', 'tenant', 'pair', 'version', 'target'] as const;
export type SubjectKind = (typeof SUBJECT_KINDS)[number];

/** The headline limit, ms: the product's own promise is p99 <= 120 ms per region. */
export const HEADLINE_LIMIT_MS = 120;
