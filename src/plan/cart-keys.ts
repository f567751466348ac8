/**
 * The carts of a run, in a key range that nobody else uses. A few are edited to the end, so that clients see when
 * regions show each other's writes again. More of them are left alone once the faults are undone, or in the last third
 * of load alone: what the regions then send each other is the last word on them, and an edit that came after would hide
 * a wrong one.
 */
import type { Profile } from '../config/types.ts';
import type { RunPlan } from '../formats/plan.ts';
import type { Random } from './random.ts';

const FIRST_KEY = 200_000;
const BUSY = 4;
const RESTING = 8;

/** Every cart of a run, those that are edited to the end first. */
export function cartKeys({ keys }: Pick<Profile, 'keys'>): number[] {
  const first = Math.max(FIRST_KEY, 2 * keys.count);
  return Array.from({ length: BUSY + RESTING }, (_, i) => first + i);
}

/**
 * The carts that one region edits, in order: every one once before any comes again, each time in another order. Were it
 * the same in all regions, one region could be the last to edit all of them, and nobody would know what it wrote.
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

  /** The cart of the next edit, which is due at `dueMs` since T0; edits are asked for in the order of time. */
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
