/**
 * Carts, the multi-writer data. Each version carries a vector clock, which orders two versions if one was written with
 * knowledge of the other: then the later one wins. Of two concurrent versions the last one written wins, and of two
 * with the same timestamp the one from the region whose name sorts later.
 */
import type { Defect } from './defects.ts';

/** Number of writes of each region that a version includes. */
export type Clock = Readonly<Record<string, number>>;

export interface Cart {
  items: Readonly<Record<string, number>>;
  clock: Clock;
  /** When and where its items were written. */
  atMs: number;
  region: string;
}

/** Whether `a` is before `b` (`b` was written with knowledge of `a`), after it, the same version, or concurrent. */
export function compareClocks(a: Clock, b: Clock): 'before' | 'after' | 'same' | 'concurrent' {
  const regions = new Set([...Object.keys(a), ...Object.keys(b)]);
  const isLess = [...regions].some((region) => (a[region] ?? 0) < (b[region] ?? 0));
  const isMore = [...regions].some((region) => (a[region] ?? 0) > (b[region] ?? 0));
  return isLess ? (isMore ? 'concurrent' : 'before') : isMore ? 'after' : 'same';
}

function mergeClocks(a: Clock, b: Clock): Clock {
  const merged: Record<string, number> = { ...a };
  for (const [region, writes] of Object.entries(b)) merged[region] = Math.max(merged[region] ?? 0, writes);
  return merged;
}

/** The merged version, the same in either order. Planted defect: the last to arrive wins, even if it is older. */
export function mergeCarts(there: Cart, arriving: Cart, defect: Defect = null): Cart {
  const order = compareClocks(there.clock, arriving.clock);
  const stays =
    order === 'concurrent'
      ? there.atMs > arriving.atMs || (there.atMs === arriving.atMs && there.region >= arriving.region)
      : order !== 'before';
  const winner = stays && defect !== 'wrong-cart-winner' ? there : arriving;
  return { ...winner, clock: mergeClocks(there.clock, arriving.clock) };
}

/** A write in `region`, by a writer who had read the version `known`, merged with the stored version. */
export function writeCart(
  there: Cart | null,
  items: Cart['items'],
  { region, known, atMs }: { region: string; known: Clock; atMs: number },
): Cart {
  const own = Math.max(there?.clock[region] ?? 0, known[region] ?? 0) + 1;
  const written: Cart = { items, clock: { ...known, [region]: own }, atMs, region };
  return there ? mergeCarts(there, written) : written;
}
