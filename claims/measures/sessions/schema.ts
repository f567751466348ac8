/** The figures of sessions. */
import { z } from 'zod';
import { count } from '../values.ts';

export const sessionsSchema = z
  .array(
    z.strictObject({
      region: z.string(),
      sessions: count.describe('Records written, read and deleted, one session each.'),
      reads: count.describe('Their reads that told which version they saw.'),
      ownMissed: count.describe('Reads that lacked an own write or delete acknowledged before they began,'),
      ownLongestMs: z.number().describe('and the longest after it.'),
      lateReads: count.describe('Reads begun later after an own acknowledgement than the limit on it; 0 without one.'),
      lateMissed: count.describe('Those of them that lacked it.'),
      goingBack: count.describe('Reads that showed an older version than an earlier one of their session.'),
    }),
  )
  .describe(
    'What sessions saw of their own records, from the first judged phase on, by region; empty without sessions.',
  );

export type SessionFigures = z.output<typeof sessionsSchema>[number];
