/** What the edge keeps of static assets: a copy until it is too old, or somebody purges it. */

/** How the edge treats its copies. */
export interface Caching {
  maxAgeSeconds: number;
  /** Whether a copy that is purged goes. */
  heedsPurges: boolean;
}

/** Caching without a bug in it. */
export const SOUND_CACHING: Caching = { maxAgeSeconds: 60, heedsPurges: true };

/** Copies it holds; the one used longest ago goes first. */
const MOST_COPIES = 2_000;

export interface Copy {
  text: string;
  /** By the clock that the cache is asked with. */
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

  /** The copy of an asset; one that was fetched for this very question has `nowMs` for its `fetchedAtMs`. */
  take(asset: string, nowMs: number): Copy {
    const { copies } = this;
    let copy = copies.get(asset);
    if (copy === undefined || nowMs - copy.fetchedAtMs >= this.maxAgeMs)
      copy = { text: this.fetch(asset), fetchedAtMs: nowMs };
    copies.delete(asset); // and in again: the order of the map is the order of use
    copies.set(asset, copy);
    if (copies.size > MOST_COPIES) copies.delete(copies.keys().next().value!);
    return copy;
  }

  purge(asset: string): void {
    if (this.caching.heedsPurges) this.copies.delete(asset);
  }
}
