/** The blocks of a target file that name records of our own: what an experiment writes besides its load, and looks for. */
import { z } from 'zod';
import { kebabName } from './values.ts';

export const ledgerBlock = z
  .strictObject({
    operation: kebabName.describe('Its body holds {row}; the run is in the header X-Antipode-Run.'),
    read: z
      .string()
      .regex(/^\/\S*\{run\}\S*$/, 'a path that holds {run}, such as /ledger?run={run}')
      .describe('Answers {"rows": [1, 2]}: the rows of the run that this region knows.'),
  })
  .optional()
  .describe('Writes that are looked for in every region after an experiment: what was lost.');

export const sessionBlock = z
  .strictObject({
    write: kebabName.describe('Operation that makes the record {key}, also one that was deleted before.'),
    read: kebabName.describe('Operation that reads it; let it expect 404 too.'),
    delete: kebabName.describe('Operation that deletes it.'),
  })
  .optional()
  .describe(
    'Operations on one record, {key} from 1,000,000 on: in an experiment every region writes, reads and deletes records of ' +
      'its own. Their answers must say the version of the record (observe: recordVersion), and it must grow with the delete.',
  );
