/** A region's database is lost: its process is stopped, or it hangs. */
import { z } from 'zod';
import { text } from '../../src/config/values.ts';
import { prepareProcesses } from '../drivers/world/processes.ts';
import type { Fault } from '../fault.ts';
import { byUndo } from '../undo.ts';
import { probeLink, regionsOf } from './link.ts';

const params = z.strictObject({
  region: text.describe('The region whose database is lost.'),
  face: z
    .enum(['stopped', 'frozen'], 'stopped or frozen')
    .default('stopped')
    .describe('stopped: it refuses connections; frozen: it accepts them and does not respond.'),
});
export type DatabaseLoss = z.output<typeof params>;

export const databaseLoss: Fault<DatabaseLoss> = {
  kind: 'database-loss',
  title: 'the database of a region is lost',
  params,
  select(sites, { region }) {
    const databases = sites.filter(({ driver, kind }) => driver === 'world' && kind === 'database');
    const chosen = databases.filter((site) => site.region === region);
    if (chosen.length > 0) return chosen;
    return `there is no database that can be stopped in ${region}; regions that have one: ${regionsOf(databases)}`;
  },
  regions: ({ region }) => [region],
  // Whether services can do without it is what is tested.
  hurts: () => null,
  hangs: () => false,
  prepare: (points, { face }, id) =>
    Promise.resolve(prepareProcesses(points, id, face === 'frozen' ? 'freeze' : 'stop')),
  ...byUndo,
  probe: (point) => probeLink(point),
  inEffect(_, before, now) {
    if (before.outcome !== 'answered') return 'unknown';
    // A probe of its lag goes through the API of its region, which reports that it gets no response.
    return now.outcome === 'answered' ? 'no' : 'yes';
  },
};
