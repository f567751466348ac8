/**
 * The blocks of a target file that describe how to check its data: lost writes, cart winners, session reads, the edge.
 * A new block is added to this table only; targets, their checks and their secrets are derived from it.
 */
import { z } from 'zod';
import { meantAdvice } from '../did-you-mean.ts';
import type { Report } from './issue.ts';
import { between, kebabName, statuses } from './values.ts';

const METHOD = 'an HTTP method in capitals, such as PURGE';

const price = between(0, 1_000_000);

export const dataBlocks = {
  ledger: z
    .strictObject({
      operation: kebabName.describe(
        'Operation that writes one entry. Its body contains {row}; the header X-Antipode-Run has the run id.',
      ),
      read: z
        .string()
        .regex(/^\/\S*\{run\}\S*$/, 'a path with {run}, such as /ledger?run={run}')
        .describe('Its response is {"rows": [1, 2]}: the rows of the run that this region has.'),
    })
    .optional()
    .describe('Writes that are read back from every region after an experiment, to find lost ones.'),
  carts: z
    .strictObject({
      edit: kebabName.describe(
        'The journey `cart-edit` of two steps: read a cart, whose response has its vector clock in X-Vector-Clock, then ' +
          'write it with that clock in the same header. The body of the write contains its marker, {run}.{row}.',
      ),
      read: z
        .string()
        .regex(/^\/\S*\{key\}\S*$/, 'a path with {key}, such as /carts/{key}')
        .describe('Its response is the cart with its markers, and its clock in the header; 404 if there is none.'),
    })
    .optional()
    .describe(
      'Data that every region writes. An experiment edits it in all regions and checks which write wins and whether the ' +
        'regions converge.',
    ),
  session: z
    .strictObject({
      write: kebabName.describe('Operation that creates the record {key}, even if it was deleted before.'),
      read: kebabName.describe('Operation that reads it; its `expect:` should include 404.'),
      delete: kebabName.describe('Operation that deletes it.'),
    })
    .optional()
    .describe(
      'Operations on one record, {key} from 1,000,000 on. In an experiment sessions in every region write, read and delete ' +
        'their own records. Responses must contain the version of the record (observe: recordVersion), and a delete must ' +
        'increase it.',
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
          path: z.string().regex(/^\/\S*\{key\}\S*$/, 'a path with {key}, such as /assets/{key}.js'),
          expect: statuses.default([200, 204]).describe('Statuses of an accepted purge.'),
        })
        .optional()
        .describe('The request that purges one asset; left out: nothing is purged.'),
      purgeSeconds: between(1, 300, 'seconds').default(5).describe('Time limit for a purge to take effect.'),
    })
    .optional()
    .describe('Assets cached at the edge. After the load they are requested twice, purged, and requested again.'),
  inventory: z
    .strictObject({
      path: z
        .string()
        .regex(/^\/\S*$/, 'a path, such as /inventory')
        .describe(
          'Its response is {"routes": [{"method": "GET", "path": "/products/{key}", "sources": ["primary"], "ttlSeconds": null}]}.',
        ),
      values: z
        .record(z.string(), z.string())
        .default({})
        .describe('What placeholders in its paths are filled with, besides {key} and {tenant}.'),
      variants: z
        .array(z.record(z.string(), z.string()))
        .default([])
        .describe(
          'Request headers whose response must not be shared: each set must get a copy of its own (cache-scope).',
        ),
    })
    .optional()
    .describe("The target's own list of its routes. After the load every GET route is requested in every region."),
  nearReads: z
    .strictObject({
      path: z
        .string()
        .regex(/^\/\S*$/, 'a path, such as /products/{key}')
        .describe('A read that replicas serve.'),
      forced: z.record(z.string(), z.string()).describe('Request headers that force the same read to the primary.'),
      times: between(1, 1_000).describe('How many times as fast the read near the replica must be.'),
    })
    .optional()
    .describe('Reads near a replica, compared with the same reads from the primary during the load.'),
  regionHint: z
    .strictObject({
      header: z.string().regex(/^[A-Za-z0-9-]+$/, 'the name of a request header, such as X-Region-Hint'),
      operations: z
        .array(kebabName)
        .min(1)
        .describe('Operations without body and headers, reads and writes. Writes get {key} from 2,000,000 on.'),
    })
    .optional()
    .describe(
      'A request header in which clients name their region. After the load these operations are sent to every region with ' +
        'the id of each region, with an unknown one, and with an empty value.',
    ),
  prices: z
    .strictObject({
      currency: z
        .string()
        .regex(/^[A-Z]{3}$/, 'a currency code, such as USD')
        .default('USD'),
      perHour: price.describe('Of the target as a whole, whatever its load.'),
      perMillion: z
        .partialRecord(z.enum(['primary', 'replica', 'cache', 'edge', 'none', 'unknown']), price)
        .describe('Per million requests, by the source that responses name; every source that occurs needs a price.'),
      transferPerMillion: price
        .default(0)
        .describe("Per million requests with the primary's data that another region serves, in addition."),
      baseline: z
        .strictObject({ perHour: price, perMillion: price })
        .describe("The same traffic served by the primary's region alone."),
      maxTimes: between(0.01, 1_000).describe('How many times the baseline a request may cost.'),
    })
    .optional()
    .describe('Prices that the cost of a million requests is modelled with.'),
};

type BlockName = keyof typeof dataBlocks;

/** The blocks in a file; a missing one is undefined. */
export type ParsedBlocks = { [Name in BlockName]?: z.output<(typeof dataBlocks)[Name]> };

interface Operation {
  name: string;
  class?: string | undefined;
  method?: string | undefined;
  via: string;
  journey?: string | undefined;
  body?: string | undefined;
  headers?: Record<string, string> | undefined;
}

interface Declared extends ParsedBlocks {
  operations: Operation[];
}

/** Reports operations that a block names and the target does not have, or that do not fit the block. */
export function checkDataBlocks(
  { operations, ledger, carts, session, edge, regionHint }: Declared,
  report: Report,
): void {
  const hinted = regionHint?.operations ?? [];
  const named: [at: PropertyKey[], name: string | undefined][] = [
    [['ledger', 'operation'], ledger?.operation],
    [['carts', 'edit'], carts?.edit],
    [['session', 'write'], session?.write],
    [['session', 'read'], session?.read],
    [['session', 'delete'], session?.delete],
    [['edge', 'asset'], edge?.asset],
    ...hinted.map((name, i): [PropertyKey[], string] => [['regionHint', 'operations', i], name]),
  ];
  const known = operations.map(({ name }) => name);
  for (const [at, name] of named) {
    if (name === undefined || known.includes(name)) continue;
    const next = meantAdvice(name, known);
    report(at, `one of ${known.join(', ')}`, { what: 'unknown operation', got: `\`${name}\``, next });
  }
  const asset = operations.find(({ name }) => name === edge?.asset);
  if (asset !== undefined) checkAsset(asset, report);
  for (const [i, name] of hinted.entries()) {
    const operation = operations.find((one) => one.name === name);
    if (operation !== undefined) checkHinted(operation, i, report);
  }
}

function checkHinted({ name, via, journey, body, headers = {} }: Operation, i: number, report: Report): void {
  const problems = [
    ...(journey === undefined ? [] : ['a journey']),
    ...(via === 'region' ? [] : [`\`via: ${via}\``]),
    ...(body === undefined ? [] : ['with a body']),
    ...(Object.keys(headers).length === 0 ? [] : ['with headers']),
  ];
  if (problems.length === 0) return;
  report(['regionHint', 'operations', i], 'an operation via a region, without body and headers', {
    what: 'an operation that cannot be sent with region hints',
    got: `\`${name}\`, ${problems.join(', ')}`,
    next: 'Name another operation.',
  });
}

function checkAsset({ name, class: its, method = 'GET', via, journey }: Operation, report: Report): void {
  if (its === 'static' && method === 'GET' && via === 'edge' && journey === undefined) return;
  const how = journey === undefined ? method : 'a journey';
  report(['edge', 'asset'], 'a GET operation with `class: static` and `via: edge`', {
    what: '`edge.asset` must be an operation that gets a static asset from the edge',
    got: `\`${name}\`, ${how} with ${its === undefined ? 'no `class:`' : `\`class: ${its}\``} and \`via: ${via}\``,
    next: 'Name another operation, or correct this one.',
  });
}

/** The blocks in a target; null = that data cannot be checked. */
export type DataBlocks = { [Name in BlockName]: NonNullable<z.output<(typeof dataBlocks)[Name]>> | null };

/** The blocks of a parsed file. */
export const dataBlocksOf = (parsed: ParsedBlocks): DataBlocks =>
  Object.fromEntries(Object.keys(dataBlocks).map((name) => [name, parsed[name as BlockName] ?? null])) as DataBlocks;

/** A path that a run requests for a block, and its place in the file. */
interface BlockPath {
  at: PropertyKey[];
  path: string;
}

/** Every path of the blocks. Paths are the only values that begin with a slash. */
export const blockPaths = (blocks: Partial<DataBlocks>): BlockPath[] =>
  Object.keys(dataBlocks).flatMap((name) => pathsIn(blocks[name as BlockName], [name]));

function pathsIn(value: unknown, at: PropertyKey[]): BlockPath[] {
  if (typeof value === 'string') return value.startsWith('/') ? [{ at, path: value }] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => pathsIn(one, [...at, key]));
}
