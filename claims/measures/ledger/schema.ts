/** The figures of the ledger. */
import { z } from 'zod';
import { count } from '../values.ts';

export const ledgerSchema = z
  .strictObject({
    acknowledged: count,
    refused: count,
    unknown: count.describe('Writes with an unknown outcome.'),
    appeared: count.describe('Unknown writes that a region has after the run.'),
    unread: z.array(z.string()).describe('Regions whose writes could not be read after the run.'),
    readFailures: z.record(z.string(), z.string()).optional().describe('Why they could not be read, by region.'),
    wasRead: z.boolean().describe('Whether the writes of any region could be read.'),
    lost: count
      .nullable()
      .describe('Acknowledged writes missing from every region that could be read; null if none could.'),
    divergent: count.describe(
      'Acknowledged writes that are in one region and missing from another: the maximum over all regions.',
    ),
    lostBeforeMs: z
      .number()
      .describe(
        'Time from the acknowledgement of the oldest lost write to the first t0; 0 if none was before (RPO-time).',
      ),
    behind: z
      .array(z.strictObject({ region: z.string(), missing: count }))
      .describe('Acknowledged writes that are missing from each region.'),
  })
  .nullable()
  .describe('The ledger of writes that are verified after the run; null for a run without one.');

export type LedgerFigures = NonNullable<z.output<typeof ledgerSchema>>;
