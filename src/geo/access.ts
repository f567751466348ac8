/** The last mile: what the path from a user's device to the exchange of the city adds to the round trip. */

export const ACCESS_KINDS = ['fixed', 'mobile', 'data-centre'] as const;
export type AccessKind = (typeof ACCESS_KINDS)[number];

export interface AccessNetwork {
  /** Added round trip on a warm connection, ms (median). */
  lastMileMs: number;
  /** Jitter per flight is a shifted lognormal with this median (ms) and this sigma of its logarithm. */
  jitterMedianMs: number;
  jitterSigmaLog: number;
}

/**
 * Base: Ookla world medians to the nearest server, November 2022 (fixed 10 ms, mobile 28 ms). Jitter: a lognormal above
 * a constant base, median 1-3 ms on fixed lines and 5-15 ms on mobile ones, sigma 0.5-0.8, after the shapes that RIPE
 * Test Box (arXiv 1003.0190) and PlanetLab studies found; hosts in data centres stay within 0.4-0.8 ms
 * (WonderNetwork, July 2020). The values are the middle of each range.
 */
const NETWORKS: Record<AccessKind, AccessNetwork> = {
  fixed: { lastMileMs: 10, jitterMedianMs: 2, jitterSigmaLog: 0.6 },
  mobile: { lastMileMs: 28, jitterMedianMs: 10, jitterSigmaLog: 0.7 },
  'data-centre': { lastMileMs: 1, jitterMedianMs: 0.5, jitterSigmaLog: 0.5 },
};

/** Last mile of one access network; its median and jitter in ms. */
export const accessNetwork = (kind: AccessKind): AccessNetwork => NETWORKS[kind];
