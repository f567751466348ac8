/** The price map of a target file, as it is written to the journal. Costs are a model, not a bill. */
import { z } from 'zod';

export const priceMap = z.strictObject({
  currency: z.string(),
  /** What the target costs per hour, whatever its load. */
  perHour: z.number(),
  /** Per million requests, by the source of their data. */
  perMillion: z.record(z.string(), z.number()),
  /** Per million requests with data of the primary that another region served: transfer between regions. */
  transferPerMillion: z.number(),
  /** The same traffic served by the primary's region alone, without replicas and copies. */
  baseline: z.strictObject({ perHour: z.number(), perMillion: z.number() }),
  /** How many times the baseline the target may cost. */
  maxTimes: z.number(),
});

export type PriceMap = z.output<typeof priceMap>;
