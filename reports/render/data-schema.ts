/** The part of the schema of result.json that is about data: the ledger of writes, carts, sessions and the lag of replicas. */
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
      unreadBecause: z.record(z.string(), z.string()).optional(),
      wasRead: z.boolean(),
      lost: count.nullable(),
      divergent: count,
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
          unreadBecause: z.string().optional(),
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
  sessions: z.array(
    z.strictObject({
      region: z.string(),
      sessions: count,
      reads: count,
      ownMissed: count,
      ownLongestMs: z.number(),
      lateReads: count,
      lateMissed: count,
      goingBack: count,
    }),
  ),
  lag: z.array(
    z.strictObject({
      region: z.string(),
      atMs: z.array(z.number()),
      seenMs: z.array(maybe),
      reportedMs: z.array(maybe),
      alerts: z.array(z.number()),
    }),
  ),
};
