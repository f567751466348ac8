/** The figures of carts that every region edits. */
import { z } from 'zod';
import { count, maybe } from '../values.ts';

const region = z.strictObject({
  region: z.string(),
  wasRead: z.boolean().describe('Whether it could be asked at the end,'),
  unreadBecause: z.string().optional().describe('and what it did instead.'),
  carts: count.describe('Carts at the end with an acknowledged edit.'),
  wrong: count.describe('Of these the wrong ones,'),
  unjudged: count.describe('and those of which nobody can say it.'),
  ancestors: count.describe('The wrong ones apart: lost to its own ancestor,'),
  strangers: count.describe("holding nobody's write,"),
  gone: count.describe('gone.'),
  reads: count.describe('Reads by clients of carts that it had to learn about, begun after the last t1.'),
  unseen: count.describe('Such carts that clients read after the last t1 elsewhere, and never here.'),
  fromMs: maybe.describe(
    'After the last t1: when it came to show for good what the others had written lies between the last read without it ' +
      '(0 if there is none)',
  ),
  toMs: maybe.describe('and the first with it; null: a last read still lacked it. Both null: not tested.'),
});

export const cartsSchema = z
  .strictObject({
    acknowledged: count,
    refused: count,
    unknown: count.describe('Nobody knows whether they were written.'),
    unclear: count.describe('Acknowledged edits whose writers did not say what they had seen or made.'),
    ignored: count.describe(
      'Lines of the recording about carts that are malformed, say a thing twice or speak of no edit.',
    ),
    during: count.describe('Edits acknowledged while a fault lasted (first t0 to last t1): what convergence is about.'),
    differing: count
      .nullable()
      .describe('Carts that differ between the regions at the end; null if too few were asked.'),
    readAfterMs: maybe.describe('From the last t1 to the final reads; null without either.'),
    regions: z.array(region).describe('In the order of the plan.'),
  })
  .nullable()
  .describe('Edits of carts, who won, and when regions agreed; null where the run edited none.');

export type CartFigures = NonNullable<z.output<typeof cartsSchema>>;
export type CartRegion = CartFigures['regions'][number];
