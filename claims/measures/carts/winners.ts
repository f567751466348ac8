/**
 * Winners. A write is identified by its region and its number there (the entry of its own region in the clock of its
 * acknowledgement). Write B knows write A if B's client had read at least A's number for A's region. A final value that
 * another acknowledged write knew is wrong: a merge may choose between concurrent writes by any rule, but must not
 * bring back a write that was read and replaced.
 */
import type { FinalCart } from '../../../src/formats/journal.ts';
import type { CartRegion } from './schema.ts';
import { clockText, type VectorClock } from '../../../src/formats/vector-clock.ts';

/** An acknowledged write of a cart. */
export interface CartWrite {
  key: number;
  /** Index and id of the region it was made in. */
  index: number;
  region: string;
  number: number;
  ackMs: number;
}

/** The writes of one cart, by timetable row. */
export class CartHistory {
  readonly clear = new Map<number, CartWrite>();
  /** Acknowledged, without the versions they read and wrote. */
  readonly unclear = new Set<number>();
  /** Unknown outcome. */
  readonly unknown = new Set<number>();
  /** The highest number of each region that an acknowledged write knew. */
  private readonly known = new Map<string, number>();

  add(row: number, write: CartWrite, known: VectorClock): void {
    this.clear.set(row, write);
    for (const [region, number] of Object.entries(known))
      this.known.set(region, Math.max(this.known.get(region) ?? 0, number));
  }

  get wasWritten(): boolean {
    return this.clear.size + this.unclear.size > 0;
  }

  /** Whether an acknowledged write knew this one. */
  isAncestor(row: number): boolean {
    const write = this.clear.get(row);
    return write !== undefined && (this.known.get(write.region) ?? 0) >= write.number;
  }

  /** Whether the row is a write of this cart. */
  has(row: number): boolean {
    return this.clear.has(row) || this.unclear.has(row) || this.unknown.has(row);
  }
}

/**
 * Counts the carts that a region shows after the run by their winners; null if they could not be read. A cart whose
 * winner, or any of whose writes, has no clock is `unjudged`.
 */
export function winners(
  found: FinalCart[] | null,
  histories: Map<number, CartHistory>,
): Pick<CartRegion, 'carts' | 'wrong' | 'unjudged' | 'ancestors' | 'strangers' | 'gone'> {
  const tally = { carts: 0, wrong: 0, unjudged: 0, ancestors: 0, strangers: 0, gone: 0 };
  for (const [key, history] of histories) {
    if (!history.wasWritten) continue;
    tally.carts += 1;
    const cart = found?.find((its) => its.key === key);
    if (!cart) tally.unjudged += 1;
    else if (cart.rows === null) tally.gone += 1;
    else if (cart.rows.some((row) => history.isAncestor(row))) tally.ancestors += 1;
    else if (cart.rows.length === 0 || cart.rows.some((row) => !history.has(row))) tally.strangers += 1;
    else if (history.unclear.size > 0 || cart.rows.some((row) => !history.clear.has(row))) tally.unjudged += 1;
  }
  tally.wrong = tally.ancestors + tally.strangers + tally.gone;
  return tally;
}

/** Carts that differ between the regions that could be read; null if fewer than two could. */
export function differing(found: (FinalCart[] | null)[]): number | null {
  const regions = found.filter((carts) => carts !== null);
  if (regions.length < 2) return null;
  const keys = new Set(regions.flatMap((carts) => carts.map(({ key }) => key)));
  return [...keys].filter(
    (key) => new Set(regions.map((carts) => shape(carts.find((its) => its.key === key)))).size > 1,
  ).length;
}

const shape = (cart: FinalCart | undefined): string =>
  cart === undefined ? '' : JSON.stringify([cart.rows, clockText(cart.clock)]);
