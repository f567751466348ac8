/**
 * The carts of a run, in a key range that nobody else uses. A few are edited to the end, so that clients see when regions
 * show each other's writes again. More of them are left alone once the faults are undone: what the regions then send each
 * other is the last word on them, and an edit that came after would hide a wrong one.
 */
import type { Profile } from '../config/types.ts';
import type { RunPlan } from '../formats/plan.ts';

const FIRST_KEY = 200_000;
const BUSY = 4;
const RESTING = 8;

/** Every cart of a run, those that are edited to the end first. */
export function cartKeys({ keys }: Pick<Profile, 'keys'>): number[] {
  const first = Math.max(FIRST_KEY, 2 * keys.count);
  return Array.from({ length: BUSY + RESTING }, (_, i) => first + i);
}

/** The cart that a region's edit number `edit` (from 0 on), due at `dueMs` since T0, is about: all in turn. */
export function cartInTurn(
  all: number[],
  { experiment }: Pick<RunPlan, 'experiment'>,
  edit: number,
  dueMs: number,
): number {
  const healMs = Math.max(...(experiment?.faults ?? []).map(({ toMs }) => toMs));
  const edited = dueMs < healMs ? all : all.slice(0, BUSY);
  return edited[edit % edited.length]!;
}
