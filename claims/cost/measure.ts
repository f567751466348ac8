/** User requests by the region that served them and the source of their data, attempts included: what costs money. */
import { z } from 'zod';
import { SOURCES } from '../../src/formats/recording.ts';
import type { Measure } from '../measures/measure.ts';
import { count } from '../measures/values.ts';
import { isUser, type JudgedRow } from '../row.ts';

const schema = z
  .strictObject({
    seconds: z.number().describe('Length of the judged phases.'),
    regions: z.array(
      z.strictObject({
        region: z.string(),
        requests: z.partialRecord(z.enum(SOURCES), count).describe('By the source that the response named.'),
      }),
    ),
  })
  .describe('User requests by the region that served them; those that no region served count for their home region.');

export type ServedRequests = z.output<typeof schema>;

export const servedRequests: Measure<ServedRequests> = {
  schema,
  collect({ plan }) {
    const counts = plan.regions.map(() => SOURCES.map(() => 0));
    const judgedMs = plan.phases
      .filter(({ judged }) => judged)
      .reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
    return {
      add(c: JudgedRow) {
        if (!c.judged || c.interrupted || !isUser(c.role)) return;
        const { servedRegion, source } = c.row;
        (counts[servedRegion] ?? counts[c.home]!)[source]! += 1;
      },
      finish: () => ({
        seconds: judgedMs / 1000,
        regions: plan.regions.map(({ id }, i) => ({
          region: id,
          requests: Object.fromEntries(
            SOURCES.flatMap((source, s) => (counts[i]![s]! > 0 ? [[source, counts[i]![s]!]] : [])),
          ),
        })),
      }),
    };
  },
};
