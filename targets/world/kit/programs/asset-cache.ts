/** The edge's cache of static assets. A copy stays until it expires or is purged. */

export interface Caching {
  maxAgeSeconds: number;
  /** Whether a purge removes the copy. */
  appliesPurges: boolean;
}

/** Caching without planted defects. */
export const DEFAULT_CACHING: Caching = { maxAgeSeconds: 60, appliesPurges: true };

/** Copies in the cache; the least recently used one is evicted first. */
const MAX_COPIES = 2_000;

export interface Copy {
  text: string;
  /** By the clock of the caller of `take`. */
  fetchedAtMs: number;
}

export class AssetCache {
  private readonly copies = new Map<string, Copy>();
  private readonly fetch: (asset: string) => string;
  private readonly caching: Caching;
  private readonly maxAgeMs: number;

  constructor(fetch: (asset: string) => string, caching: Caching) {
    this.fetch = fetch;
    this.caching = caching;
    this.maxAgeMs = 1000 * caching.maxAgeSeconds;
  }

  /** The copy of an asset; if this call fetched it, its `fetchedAtMs` is `nowMs`. */
  take(asset: string, nowMs: number): Copy {
    const { copies } = this;
    let copy = copies.get(asset);
    if (copy === undefined || nowMs - copy.fetchedAtMs >= this.maxAgeMs)
      copy = { text: this.fetch(asset), fetchedAtMs: nowMs };
    copies.delete(asset); // reinsert: the map's order is the order of use
    copies.set(asset, copy);
    if (copies.size > MAX_COPIES) copies.delete(copies.keys().next().value!);
    return copy;
  }

  purge(asset: string): void {
    if (this.caching.appliesPurges) this.copies.delete(asset);
  }
}
