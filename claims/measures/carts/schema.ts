/** The figures of carts that every region edits. */
import { z } from 'zod';
import { count, maybe } from '../values.ts';

const region = z.strictObject({
  region: z.string(),
  wasRead: z.boolean().describe('Whether its carts could be read after the run.'),
  readFailure: z.string().optional().describe('Why they could not be read.'),
  carts: count.describe('Carts with an acknowledged edit.'),
  wrong: count.describe('Carts with a wrong winner: `ancestors`, `strangers` and `gone` together.'),
  unjudged: count.describe('Carts whose winner cannot be judged.'),
  ancestors: count.describe('Carts that show a write that an acknowledged write had superseded.'),
  strangers: count.describe('Carts that show a write no client made.'),
  gone: count.describe('Carts that are missing.'),
  reads: count.describe('Client reads after the last t1 of carts that other regions wrote during the fault.'),
  unseen: count.describe('Such carts that clients read after the last t1 in other regions, but not in this one.'),
  fromMs: maybe.describe(
    "Since the last t1: start of the last read without another region's writes (0 if there is none). Convergence lies " +
      'between fromMs and toMs.',
  ),
  toMs: maybe.describe(
    'Since the last t1: end of the first read with them; null: the last read was still without. Both null: not tested.',
  ),
});

export const cartsSchema = z
  .strictObject({
    acknowledged: count,
    refused: count,
    unknown: count.describe('Edits with an unknown outcome: they may or may not have been written.'),
    unclear: count.describe('Acknowledged edits without the versions they read and wrote.'),
    ignored: count.describe('Lines of the recording about carts that are malformed, repeated or of an unknown edit.'),
    during: count.describe('Edits acknowledged from the first t0 to the last t1; convergence is judged by these.'),
    differing: count
      .nullable()
      .describe('Carts that differ between regions after the run; null if fewer than two regions could be read.'),
    readAfterMs: maybe.describe('From the last t1 to the final reads; null without either.'),
    regions: z.array(region).describe('In the order of the plan.'),
  })
  .nullable()
  .describe('Cart edits, winners and convergence; null where the run edited no cart.');

export type CartFigures = NonNullable<z.output<typeof cartsSchema>>;
export type CartRegion = CartFigures['regions'][number];
