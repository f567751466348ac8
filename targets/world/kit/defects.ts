/** Bugs that can be planted in a world: each is a line in the table of its world, and bites where that world says. */

export interface DefectNote {
  /** Id of the claim that it breaks, or name of the experiment that finds it. */
  breaks: string;
  what: string;
}

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
