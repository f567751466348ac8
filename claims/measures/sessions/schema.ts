/** The figures of sessions. */
import { z } from 'zod';
import { count } from '../values.ts';

export const sessionsSchema = z
  .array(
    z.strictObject({
      region: z.string(),
      sessions: count.describe('Records written, read and deleted, one session each.'),
      reads: count.describe('Reads with a known version.'),
      missedOwnWrites: count.describe(
        'Reads that missed a write or delete of their session, acknowledged before the read started.',
      ),
      longestMissMs: z.number().describe('Longest time from the acknowledgement to such a read.'),
      lateReads: count.describe(
        'Reads that started later than the limit after an acknowledgement of their session; 0 without a limit.',
      ),
      lateMissed: count.describe('Late reads that missed it.'),
      nonMonotonicReads: count.describe('Reads that showed an older version than an earlier read of their session.'),
    }),
  )
  .describe('Sessions on their own records, from the first judged phase on, by region; empty without sessions.');

export type SessionFigures = z.output<typeof sessionsSchema>[number];
