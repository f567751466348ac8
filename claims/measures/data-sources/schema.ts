/** Figures of where the data of reads came from. */
import { z } from 'zod';
import { SOURCES } from '../../../src/formats/recording.ts';
import { count } from '../values.ts';

export const dataSourcesSchema = z
  .array(
    z.strictObject({
      region: z.string(),
      atMs: z.array(z.number()).describe('Start of each second, ms since T0.'),
      reads: z
        .partialRecord(z.enum(SOURCES), z.array(count))
        .describe('Good reads served by the region that started in it, by the source that the response named.'),
      fromPrimary: count.describe(
        'Reads that named the primary, of a record with an acknowledged write in the 10 s before.',
      ),
      behind: count.describe('Those that missed such a write, so that their data was not that of the primary.'),
    }),
  )
  .describe('Where the data of reads came from, by region and second; empty if responses do not name a source.');

export type DataSources = z.output<typeof dataSourcesSchema>[number];
