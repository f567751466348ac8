/** The part of the schema of result.json that is about data: the ledger of writes, and carts. */
import { z } from 'zod';

export const count = z.int().nonnegative();
export const maybe = z.number().nullable();

export const dataFigures = {
  ledger: z
    .strictObject({
      acknowledged: count,
      refused: count,
      unknown: count,
      appeared: count,
      unread: z.array(z.string()),
      wasRead: z.boolean(),
      lost: count.nullable(),
      lostBeforeMs: z.number(),
      behind: z.array(z.strictObject({ region: z.string(), missing: count })),
    })
    .nullable(),
  carts: z
    .strictObject({
      acknowledged: count,
      refused: count,
      unknown: count,
      unclear: count,
      ignored: count,
      during: count,
      differing: count.nullable(),
      readAfterMs: maybe,
      regions: z.array(
        z.strictObject({
          region: z.string(),
          wasRead: z.boolean(),
          carts: count,
          wrong: count,
          unjudged: count,
          ancestors: count,
          strangers: count,
          gone: count,
          reads: count,
          unseen: count,
          fromMs: maybe,
          toMs: maybe,
        }),
      ),
    })
    .nullable(),
};
