/**
 * Carts, the data that every region writes: each cart carries a vector clock, so that of two versions it is known
 * whether one was made in the knowledge of the other. Then the later one wins; of two that did not know of each other
 * the one written last does, and of two of the same instant the one of the region whose name comes later.
 */
import type { Defect } from './defects.ts';

/** Writes of each region that a version knows of. */
export type Clock = Readonly<Record<string, number>>;

export interface Cart {
  items: Readonly<Record<string, number>>;
  clock: Clock;
  /** When and where its items were written. */
  atMs: number;
  region: string;
}

/** Whether `a` was made before `b` (and `b` knew it), after it, is the same version, or neither knew of the other. */
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

/** The version that both become, whichever is met first. Planted: what arrives last wins, old as it may be. */
export function mergeCarts(there: Cart, arriving: Cart, defect: Defect = null): Cart {
  const order = compareClocks(there.clock, arriving.clock);
  const stays =
    order === 'concurrent'
      ? there.atMs > arriving.atMs || (there.atMs === arriving.atMs && there.region >= arriving.region)
      : order !== 'before';
  const winner = stays && defect !== 'wrong-cart-winner' ? there : arriving;
  return { ...winner, clock: mergeClocks(there.clock, arriving.clock) };
}

/** A write in `region` by someone who had seen the versions in `known`, over what is there. */
export function writeCart(
  there: Cart | null,
  items: Cart['items'],
  { region, known, atMs }: { region: string; known: Clock; atMs: number },
): Cart {
  const own = Math.max(there?.clock[region] ?? 0, known[region] ?? 0) + 1;
  const written: Cart = { items, clock: { ...known, [region]: own }, atMs, region };
  return there ? mergeCarts(there, written) : written;
}
