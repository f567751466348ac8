/** Planted defects: each world lists its own in a table and implements them. */

export interface DefectNote {
  /** Id of the claim that it breaks, or name of the experiment that finds it. */
  breaks: string;
  /** What users see of the world's behaviour, one sentence without a full stop. */
  what: string;
}

/**
 * A predicate that is true for this share of its calls, spread evenly rather than at random: multiples of the golden
 * ratio never cluster (in any n calls, the number of hits is within about one of n * share).
 */
export function evenly(share: number): () => boolean {
  let at = 0.5;
  return () => {
    at = (at + 0.618033988749895) % 1;
    return at < share;
  };
}
