/** The part of the schema of result.json that is about FIS experiments. Instants are epoch ms by FIS's own clock. */
import { z } from 'zod';
import { maybe } from '../values.ts';

const instants = { startEpochMs: maybe, endEpochMs: maybe };
const text = z.string().nullable();

export const fisOutcome = z.strictObject({
  place: z.strictObject({ endpoint: text, scale: maybe }),
  experiments: z.array(
    z.strictObject({
      region: z.string(),
      id: z.string(),
      arn: text,
      status: z.string(),
      reason: text,
      ...instants,
      actions: z.array(z.strictObject({ name: z.string(), actionId: z.string(), status: z.string(), ...instants })),
      targets: z.array(z.string()),
    }),
  ),
  notExercised: z.array(z.string()),
  suspects: z.array(z.string()),
});
