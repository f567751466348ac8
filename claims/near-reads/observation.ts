/** Pairs of reads, from a replica and forced to the primary, as the observer writes them to the journal. */
import { z } from 'zod';

export const observedPairs = z.strictObject({
  /** How many times as fast a read near the replica must be. */
  times: z.number(),
  /** Pairs of which a request had no response, or an error. */
  failed: z.number(),
  pairs: z.array(
    z.strictObject({
      region: z.string(),
      nearMs: z.number(),
      forcedMs: z.number(),
    }),
  ),
});

export type ObservedPairs = z.output<typeof observedPairs>;
