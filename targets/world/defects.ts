/**
 * The bugs that can be planted, one at a time, each made to break one claim of target.yaml. A claim counts as covered
 * only when the healthy world passes it and the world with its defect fails it. Names and sentences: worlds.json,
 * which the harness reads too.
 *
 *   slow-region      read-p99    a tail that averages hide
 *   stalled-region   read-p99    nothing fails, everything waits; Server-Timing does not show it
 *   error-rate       good        five times the error budget of 99.9 %
 *   silent-region    home-share  the region looks healthy because nobody asks it
 *   wrong-region     home-share  one city goes round the world
 *   stale-replica    staleness   every answer is fast and 200, and old
 */
import worlds from './worlds.json' with { type: 'json' };

export type DefectId = keyof (typeof worlds)['active-active']['defects'];
export type Defect = DefectId | null;

export const DEFECTS = Object.keys(worlds['active-active'].defects) as DefectId[];

export const isDefect = (id: unknown): id is DefectId => DEFECTS.some((known) => known === id);

/**
 * A predicate that is true for this share of its calls, spread evenly instead of drawn: the multiples of the golden
 * ratio never clump (any n calls hit within about one of n * share), so every run of a defect carries its share.
 */
export function evenly(share: number): () => boolean {
  let at = 0.5;
  return () => {
    at = (at + 0.618033988749895) % 1;
    return at < share;
  };
}

/** Milliseconds that a read in this region must wait besides: 0, or 150 to 300 for 3 % of them. */
export function readDelay(defect: Defect, region: string): () => number {
  if (defect !== 'slow-region' || region !== 'eu-west-1') return () => 0;
  const isHit = evenly(0.03);
  let hits = 0;
  return () => (isHit() ? 150 + ((hits++ * 37) % 150) : 0);
}

/** Whether this request must end with 500. */
export function failure(defect: Defect, region: string): () => boolean {
  return defect === 'error-rate' && region === 'eu-west-1' ? evenly(0.005) : () => false;
}

/** The region that routing names instead of the nearest one. */
export function misrouted(defect: Defect, city: string, nearest: string): string {
  if (defect === 'silent-region' && nearest === 'ap-southeast-1') return 'eu-west-1';
  if (defect === 'wrong-region' && city === 'tokyo') return 'us-east-1';
  return nearest;
}

/** How late a replica replays, ms. */
export const replayDelayMs = (defect: Defect, region: string): number =>
  defect === 'stale-replica' && region === 'ap-southeast-1' ? 2_000 : 0;

/** The region whose API is frozen, and when, ms after the world is up. */
export const STALL = { region: 'ap-southeast-1', firstAfterMs: 3_000, forMs: 2_000, everyMs: 20_000 } as const;
