/**
 * Convergence (reference/chaos-slo.md section 3.3): how long after the fault cleared every region showed what the
 * others had written during it, as seen by client reads. The instant lies between the start of the last read without
 * such a write and the end of the first read with it.
 */
import type { CartRegion } from './schema.ts';
import type { VectorClock } from '../../../src/formats/vector-clock.ts';
import type { CartWrite } from './winners.ts';

/** A client's read of a cart; ms since T0. */
export interface CartRead {
  key: number;
  /** Index of the region it was sent to. */
  index: number;
  beganMs: number;
  endMs: number;
  clock: VectorClock;
}

type Shown = Pick<CartRegion, 'reads' | 'unseen' | 'fromMs' | 'toMs'>;

/**
 * When the region with this index permanently showed all other regions' writes from `during` the fault, since `t1Ms`.
 * Only carts that clients read after t1, in any region, count; the others are covered by the final reads.
 */
export function shownAfter(index: number, t1Ms: number | null, during: CartWrite[], reads: CartRead[]): Shown {
  const shown: Shown = { reads: 0, unseen: 0, fromMs: null, toMs: null };
  if (t1Ms === null) return shown;
  const after = reads.filter(({ beganMs }) => beganMs >= t1Ms).toSorted((a, b) => a.beganMs - b.beganMs);
  for (const key of new Set(after.map((read) => read.key))) {
    const awaited = newest(during.filter((write) => write.key === key && write.index !== index));
    if (awaited.length === 0) continue;
    const mine = after.filter((read) => read.key === key && read.index === index);
    shown.reads += mine.length;
    if (mine.length === 0) shown.unseen += 1;
    for (const write of mine.length === 0 ? [] : awaited) {
      const { fromMs, toMs } = since(t1Ms, write, mine);
      // A write that never appeared decides; otherwise the latest one.
      const open = shown.fromMs !== null && shown.toMs === null;
      shown.toMs = open || toMs === null ? null : Math.max(shown.toMs ?? 0, toMs);
      shown.fromMs = Math.max(shown.fromMs ?? 0, fromMs);
    }
  }
  return shown;
}

/** The last write of each region: a cart that shows it includes those before it. */
function newest(writes: CartWrite[]): CartWrite[] {
  const last = new Map<number, CartWrite>();
  for (const write of writes) {
    const there = last.get(write.index);
    if (!there || write.number > there.number) last.set(write.index, write);
  }
  return [...last.values()];
}

/** Rounded outwards, so that the interval still contains the instant. `reads` are in the order they began. */
function since(t1Ms: number, write: CartWrite, reads: CartRead[]): { fromMs: number; toMs: number | null } {
  const lacks = (read: CartRead): boolean => (read.clock[write.region] ?? 0) < write.number;
  const lastMiss = reads.findLastIndex(lacks);
  const fromMs = lastMiss < 0 ? 0 : Math.floor(reads[lastMiss]!.beganMs - t1Ms);
  const hits = reads.slice(lastMiss + 1).map(({ endMs }) => endMs);
  return { fromMs, toMs: hits.length === 0 ? null : Math.ceil(Math.min(...hits) - t1Ms) };
}
