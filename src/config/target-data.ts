/**
 * The parts of a target file that say how its data is followed through a run: what was lost, who won, and what sessions
 * see. A new one stands here alone; targets, their checks and their secrets take all that stands in the table.
 */
import { z } from 'zod';
import { meantAdvice } from '../did-you-mean.ts';
import type { Report } from './issue.ts';
import { between, kebabName, statuses } from './values.ts';

const METHOD = 'an HTTP method in capitals, such as PURGE';

export const dataBlocks = {
  ledger: z
    .strictObject({
      operation: kebabName.describe('Its body holds {row}; the run is in the header X-Antipode-Run.'),
      read: z
        .string()
        .regex(/^\/\S*\{run\}\S*$/, 'a path that holds {run}, such as /ledger?run={run}')
        .describe('Answers {"rows": [1, 2]}: the rows of the run that this region knows.'),
    })
    .optional()
    .describe('Writes that are looked for in every region after an experiment: what was lost.'),
  carts: z
    .strictObject({
      edit: kebabName.describe(
        'A journey of two steps, `cart-edit`: reading a cart, whose answer says its vector clock in X-Vector-Clock, and ' +
          'writing it with the clock it saw in the same header. The body of the write holds {run}.{row}, its marker.',
      ),
      read: z
        .string()
        .regex(/^\/\S*\{key\}\S*$/, 'a path that holds {key}, such as /carts/{key}')
        .describe('Answers with the cart, its marker in it and its clock in the header; 404 when there is none.'),
    })
    .optional()
    .describe('Data that every region writes, edited everywhere during an experiment: who wins, and who agrees.'),
  session: z
    .strictObject({
      write: kebabName.describe('Operation that makes the record {key}, also one that was deleted before.'),
      read: kebabName.describe('Operation that reads it; let it expect 404 too.'),
      delete: kebabName.describe('Operation that deletes it.'),
    })
    .optional()
    .describe(
      'Operations on one record, {key} from 1,000,000 on: in an experiment every region writes, reads and deletes records of ' +
        'its own. Their answers must say the version of the record (observe: recordVersion), and it must grow with the delete.',
    ),
  edge: z
    .strictObject({
      asset: kebabName.describe('A GET operation with `class: static` and `via: edge`.'),
      purge: z
        .strictObject({
          method: z
            .string()
            .regex(/^[A-Z]+$/, METHOD)
            .default('PURGE'),
          path: z.string().regex(/^\/\S*\{key\}\S*$/, 'a path that holds {key}, such as /assets/{key}.js'),
          expect: statuses.default([200, 204]).describe('Statuses of a purge that was taken.'),
        })
        .optional()
        .describe('What drops the copy of one asset; left out, nothing is purged.'),
      purgeSeconds: between(1, 300, 'seconds').default(5).describe('Within which a purge must show.'),
    })
    .optional()
    .describe('Assets that the edge keeps: asked for twice once the load has ended, then purged and asked for again.'),
};

type BlockName = keyof typeof dataBlocks;

/** As a file has them: what is not there is undefined. */
export type ParsedBlocks = { [Name in BlockName]?: z.output<(typeof dataBlocks)[Name]> };

interface Operation {
  name: string;
  class?: string | undefined;
  method?: string | undefined;
  via: string;
  journey?: string | undefined;
}

interface Declared extends ParsedBlocks {
  operations: Operation[];
}

/** Adds every operation that a block names and the target does not have, or that cannot be what the block needs. */
export function checkDataBlocks({ operations, ledger, carts, session, edge }: Declared, report: Report): void {
  const named: [at: PropertyKey[], name: string | undefined][] = [
    [['ledger', 'operation'], ledger?.operation],
    [['carts', 'edit'], carts?.edit],
    [['session', 'write'], session?.write],
    [['session', 'read'], session?.read],
    [['session', 'delete'], session?.delete],
    [['edge', 'asset'], edge?.asset],
  ];
  const known = operations.map(({ name }) => name);
  for (const [at, name] of named) {
    if (name === undefined || known.includes(name)) continue;
    const next = meantAdvice(name, known);
    report(at, `one of ${known.join(', ')}`, { what: 'the target has no such operation', got: `\`${name}\``, next });
  }
  const asset = operations.find(({ name }) => name === edge?.asset);
  if (asset !== undefined) checkAsset(asset, report);
}

/** An asset is what anybody may get, from the edge. */
function checkAsset({ name, class: its, method = 'GET', via, journey }: Operation, report: Report): void {
  if (its === 'static' && method === 'GET' && via === 'edge' && journey === undefined) return;
  const how = journey === undefined ? method : 'a journey';
  report(['edge', 'asset'], 'a GET operation with `class: static` and `via: edge`', {
    what: 'this operation gets no asset from the edge',
    got: `\`${name}\`, ${how} with ${its === undefined ? 'no `class:`' : `\`class: ${its}\``} and \`via: ${via}\``,
    next: 'Name another, or correct it.',
  });
}

/** As a target has them: null = nothing can be said of what the block is about. */
export type DataBlocks = { [Name in BlockName]: NonNullable<z.output<(typeof dataBlocks)[Name]>> | null };

/** The blocks of a parsed file. */
export const dataBlocksOf = (parsed: ParsedBlocks): DataBlocks =>
  Object.fromEntries(Object.keys(dataBlocks).map((name) => [name, parsed[name as BlockName] ?? null])) as DataBlocks;

/** A path that a run asks for a block's sake, and where in the file it stands. */
interface BlockPath {
  at: PropertyKey[];
  path: string;
}

/** Every path of the blocks: nothing else in them begins with a slash. */
export const blockPaths = (blocks: Partial<DataBlocks>): BlockPath[] =>
  Object.keys(dataBlocks).flatMap((name) => pathsIn(blocks[name as BlockName], [name]));

function pathsIn(value: unknown, at: PropertyKey[]): BlockPath[] {
  if (typeof value === 'string') return value.startsWith('/') ? [{ at, path: value }] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => pathsIn(one, [...at, key]));
}
