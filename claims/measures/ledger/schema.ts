/** The figures of the ledger. */
import { z } from 'zod';
import { count } from '../values.ts';

export const ledgerSchema = z
  .strictObject({
    acknowledged: count,
    refused: count,
    unknown: count.describe('Nobody knows whether they were written.'),
    appeared: count.describe('Those of the unknown that are known somewhere at the end.'),
    unread: z.array(z.string()).describe('Regions that could not be asked.'),
    unreadBecause: z.record(z.string(), z.string()).optional().describe('What they did instead, by region.'),
    wasRead: z.boolean().describe('Whether any region could be asked.'),
    lost: count.nullable().describe('Acknowledged writes that no region that was asked knows; null if none was asked.'),
    divergent: count.describe(
      'Acknowledged writes that one region knows and another does not: the most of any region.',
    ),
    lostBeforeMs: z
      .number()
      .describe('How long before the first bite the oldest of the lost was acknowledged; 0 if none was (RPO-time).'),
    behind: z
      .array(z.strictObject({ region: z.string(), missing: count }))
      .describe('Acknowledged writes that each region does not know.'),
  })
  .nullable()
  .describe('Writes that were looked for at the end; null where the run kept no such ledger.');

export type LedgerFigures = NonNullable<z.output<typeof ledgerSchema>>;
