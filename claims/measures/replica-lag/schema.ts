/** The figures of the lag of replicas. */
import { z } from 'zod';
import { maybe } from '../values.ts';

export const replicaLagSchema = z
  .array(
    z.strictObject({
      region: z.string(),
      atMs: z.array(z.number()).describe('Begin of each second, ms since T0; null below where nothing says anything.'),
      seenMs: z.array(maybe).describe('How far behind the oldest read was that began in it.'),
      reportedMs: z.array(maybe),
      alerts: z.array(z.number()).describe("When the target's alert was seen to be on, ms since T0."),
    }),
  )
  .describe(
    'Lag of every replica by the second, as clients saw it and as the target reported it; empty for load runs.',
  );

export type ReplicaLag = z.output<typeof replicaLagSchema>[number];
