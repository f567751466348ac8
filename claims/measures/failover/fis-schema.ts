/** Schema of the FIS experiments in result.json. Times are epoch ms by the clock of FIS. */
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
