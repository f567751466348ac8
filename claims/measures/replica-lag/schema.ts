/** The figures of the lag of replicas. */
import { z } from 'zod';
import { maybe } from '../values.ts';

export const replicaLagSchema = z
  .array(
    z.strictObject({
      region: z.string(),
      atMs: z.array(z.number()).describe('Start of each second, ms since T0. Without data the values below are null.'),
      seenMs: z.array(maybe).describe('How far behind the stalest read was that started in it.'),
      reportedMs: z.array(maybe),
      alerts: z.array(z.number()).describe("Samples with the target's alert on, ms since T0."),
    }),
  )
  .describe('Lag of every replica per second, as clients saw it and as the target reported it; empty for load runs.');

export type ReplicaLag = z.output<typeof replicaLagSchema>[number];
