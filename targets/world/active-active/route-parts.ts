/** Shared by the routes of a region's API: its stores, and how they write. */
import type { Cache } from '../kit/programs/cache.ts';
import type { ShopDatabase, Write } from './stores.ts';

/** The current stores. A promotion changes all but the cache. */
export interface Stores {
  epoch: number;
  /** Role of `local`. */
  role: 'primary' | 'replica';
  /** For reads, and for writes. The same in the primary's region, and in a region whose own database is fenced. */
  local: ShopDatabase;
  primary: ShopDatabase;
  cache: Cache;
}

/** How routes write: in the region's current epoch. */
export interface Writing {
  write: <T extends object>(name: Write, values: unknown[]) => Promise<T>;
  /** Planted defect: whether this write is acknowledged but not stored. */
  isLost: () => boolean;
}
