/**
 * The carts of a run, in a key range of their own. A few are edited until the end, so that clients see when regions
 * replicate each other's writes again. The others are no longer edited once the faults are reverted (in load alone: in
 * the last third of the run): a later edit would hide a wrong merge of the regions.
 */
import type { Profile } from '../config/types.ts';
import type { RunPlan } from '../formats/plan.ts';
import type { Random } from './random.ts';

const FIRST_KEY = 200_000;
/** Carts that are edited until the end, and carts that are left alone before it. */
const BUSY = 4;
const RESTING = 8;

/** Keys of all carts of a run, the busy ones first. */
export function cartKeys({ keys }: Pick<Profile, 'keys'>): number[] {
  const first = Math.max(FIRST_KEY, 2 * keys.count);
  return Array.from({ length: BUSY + RESTING }, (_, i) => first + i);
}

/**
 * The carts that one region edits, in rounds of all carts, each round in a new order. With the same order in all
 * regions, one region could be the last to edit every cart, and no write of another region would be tested.
 */
export class CartTurns {
  private readonly keys: number[];
  private readonly restMs: number;
  private readonly random: Random;
  private turn = new Uint32Array();
  private at = 0;

  constructor(keys: number[], { experiment, durationMs }: Pick<RunPlan, 'experiment' | 'durationMs'>, random: Random) {
    this.keys = keys;
    this.restMs = experiment === null ? (2 / 3) * durationMs : Math.max(...experiment.faults.map(({ toMs }) => toMs));
    this.random = random;
  }

  /** The cart of the next edit, due at `dueMs` since T0. Call it in order of time. */
  next(dueMs: number): number {
    const count = dueMs < this.restMs ? this.keys.length : BUSY;
    if (this.at === this.turn.length || this.turn.length > count) {
      this.turn = Uint32Array.from(this.keys.slice(0, count));
      this.random.shuffle(this.turn);
      this.at = 0;
    }
    return this.turn[this.at++]!;
  }
}
