/**
 * Who won. A write is the region it was made in and the number it was given there (the clock of its acknowledgement at
 * its own region); write B knew write A if B's client had been shown at least A's number for A's region. A winner that
 * another acknowledged write knew of has lost to its own ancestor: whatever rule decides between writes that did not
 * know of each other, none may bring back what somebody had seen and replaced.
 */
import type { FinalCart } from '../../../src/formats/journal.ts';
import type { CartRegion } from './schema.ts';
import { clockText, type VectorClock } from '../../../src/formats/vector-clock.ts';

/** An acknowledged write of a cart. */
export interface CartWrite {
  key: number;
  /** The region it was made in, as index and by name. */
  index: number;
  region: string;
  number: number;
  ackMs: number;
}

/** What was written of one cart, by timetable row. */
export class CartHistory {
  readonly clear = new Map<number, CartWrite>();
  /** Acknowledged, but which version was made, in the knowledge of what, was not said. */
  readonly unclear = new Set<number>();
  /** Perhaps written. */
  readonly unknown = new Set<number>();
  /** The most that any acknowledged write knew of each region. */
  private readonly known = new Map<string, number>();

  add(row: number, write: CartWrite, known: VectorClock): void {
    this.clear.set(row, write);
    for (const [region, number] of Object.entries(known))
      this.known.set(region, Math.max(this.known.get(region) ?? 0, number));
  }

  get wasWritten(): boolean {
    return this.clear.size + this.unclear.size > 0;
  }

  /** Whether an acknowledged write was made in the knowledge of this one (none ever knew of itself). */
  isAncestor(row: number): boolean {
    const write = this.clear.get(row);
    return write !== undefined && (this.known.get(write.region) ?? 0) >= write.number;
  }

  /** Whether it is a write of this cart that may have won. */
  has(row: number): boolean {
    return this.clear.has(row) || this.unclear.has(row) || this.unknown.has(row);
  }
}

/**
 * The carts that a region shows at the end (null: it could not be asked), counted by what is to be said of their
 * winners. One whose winner does not say its clock, or any of whose writes does not, cannot be called right: it is
 * `unjudged`.
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

/** Carts that are not the same in all regions that could be asked; null where fewer than two could. */
export function differing(found: (FinalCart[] | null)[]): number | null {
  const asked = found.filter((carts) => carts !== null);
  if (asked.length < 2) return null;
  const keys = new Set(asked.flatMap((carts) => carts.map(({ key }) => key)));
  return [...keys].filter((key) => new Set(asked.map((carts) => shape(carts.find((its) => its.key === key)))).size > 1)
    .length;
}

const shape = (cart: FinalCart | undefined): string =>
  cart === undefined ? '' : JSON.stringify([cart.rows, clockText(cart.clock)]);
