/**
 * Convergence (reference/chaos-slo.md section 3.3): how long after the heal every region showed what the others had
 * written while the fault lasted, by what clients were shown. A read that lacks such a write says that it was not there
 * after the read began; one that shows it says that it was there before the read ended. Between the last of the former
 * and the first of the latter lies the instant, as finely as clients read.
 */
import type { CartRegion } from './schema.ts';
import type { VectorClock } from '../../../src/formats/vector-clock.ts';
import type { CartWrite } from './winners.ts';

/** A cart as a client was shown it, since T0. */
export interface CartRead {
  key: number;
  /** Index of the region that was asked. */
  index: number;
  beganMs: number;
  endMs: number;
  clock: VectorClock;
}

type Shown = Pick<CartRegion, 'reads' | 'unseen' | 'fromMs' | 'toMs'>;

/**
 * When the region with this index had come to show, for good, the writes `during` the fault of all other regions, from
 * the heal at `t1Ms`. Asked are carts that clients somewhere read afterwards: of one that is left alone from then on
 * only the final reads can tell.
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
      // One that never came stays; of others the latest counts.
      const open = shown.fromMs !== null && shown.toMs === null;
      shown.toMs = open || toMs === null ? null : Math.max(shown.toMs ?? 0, toMs);
      shown.fromMs = Math.max(shown.fromMs ?? 0, fromMs);
    }
  }
  return shown;
}

/** The last write of each region: whoever shows it shows those before it. */
function newest(writes: CartWrite[]): CartWrite[] {
  const last = new Map<number, CartWrite>();
  for (const write of writes) {
    const there = last.get(write.index);
    if (!there || write.number > there.number) last.set(write.index, write);
  }
  return [...last.values()];
}

/** Outwards rounded, so that the interval stays true. `reads` are in the order they began. */
function since(t1Ms: number, write: CartWrite, reads: CartRead[]): { fromMs: number; toMs: number | null } {
  const lacks = (read: CartRead): boolean => (read.clock[write.region] ?? 0) < write.number;
  const lastMiss = reads.findLastIndex(lacks);
  const fromMs = lastMiss < 0 ? 0 : Math.floor(reads[lastMiss]!.beganMs - t1Ms);
  const hits = reads.slice(lastMiss + 1).map(({ endMs }) => endMs);
  return { fromMs, toMs: hits.length === 0 ? null : Math.ceil(Math.min(...hits) - t1Ms) };
}
