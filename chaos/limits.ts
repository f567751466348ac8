/** What an experiment allows at most: the limits of its file, and as the plan and the judge know them. */
import { z } from 'zod';
import { between, wholeBetween } from '../src/config/values.ts';
import type { ExperimentLimits } from '../src/formats/faults.ts';

/** No fault lasts longer; what needs more is not an experiment but an outage. */
export const MOST_FAULT_SECONDS = 600;

const limit = between(0, MOST_FAULT_SECONDS, 'seconds').optional();

export const experimentLimits = z
  .strictObject({
    rtoSeconds: limit.describe('Clients of a lost region are served elsewhere, from the bite.'),
    evacuationSeconds: limit.describe(
      '99 % of what clients that follow names ask is answered elsewhere, from when `evacuate:` is asked for.',
    ),
    failBackSeconds: limit.describe('They are at home again, from the heal.'),
    recoverySeconds: limit.describe('Errors and latency are as before, from the heal.'),
    lostWrites: wholeBetween(0, 1_000_000).optional(),
    wrongCartWinners: wholeBetween(0, 1_000_000).optional().describe('Carts whose write lost to its own ancestor.'),
    convergenceSeconds: limit.describe('Every region shows what the others wrote meanwhile, from the heal.'),
    stalenessSeconds: limit,
    readP99Ms: between(1, 60_000, 'ms').optional().describe('Of reads in the hurt regions while it lasts.'),
    lagAlertSeconds: limit.describe("The target's own alert on replication lag is on, from the bite."),
    unreportedLagShare: between(0, 1)
      .optional()
      .describe('Of the seconds of the fault, those in which clients saw more lag than the target reported.'),
    badShare: between(0, 1).optional().describe('Of what clients of the hurt regions ask while it lasts.'),
    ownReadSeconds: limit.describe('Longest that a session may fail to see its own acknowledged write or delete.'),
    goingBackShare: between(0, 1)
      .optional()
      .describe('Of the reads of sessions, those that may show an older version than the session has already seen.'),
  })
  .prefault({});

const ms = (seconds: number | undefined): number | null => (seconds === undefined ? null : seconds * 1000);

/** Those that the file does not set are null: measured, and not judged. */
export const limitsOf = (limits: z.output<typeof experimentLimits>): ExperimentLimits => ({
  rtoMs: ms(limits.rtoSeconds),
  evacuationMs: ms(limits.evacuationSeconds),
  failBackMs: ms(limits.failBackSeconds),
  recoveryMs: ms(limits.recoverySeconds),
  lostWrites: limits.lostWrites ?? null,
  wrongCartWinners: limits.wrongCartWinners ?? null,
  convergenceMs: ms(limits.convergenceSeconds),
  stalenessMs: ms(limits.stalenessSeconds),
  readP99Ms: limits.readP99Ms ?? null,
  lagAlertMs: ms(limits.lagAlertSeconds),
  unreportedLagShare: limits.unreportedLagShare ?? null,
  badShare: limits.badShare ?? null,
  ownReadMs: ms(limits.ownReadSeconds),
  goingBackShare: limits.goingBackShare ?? null,
});
