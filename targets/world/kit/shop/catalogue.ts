/** The shop that worlds sell from: its tables, its records, and the statements that read them. */
import { HEARTBEAT } from '../programs/lag-route.ts';
import { object, TEXT, wholeNumber } from '../programs/route-schema.ts';
import { HEARTBEAT_SQL } from '../postgres/heartbeat.ts';

export interface Product {
  id: number;
  tenant: string;
  name: string;
  price: number;
  version: number;
  /** A tombstone, which keeps the version. Lists leave it out. */
  deleted?: boolean;
}

/** Keys 0..4999 are the catalogue; 100000..100099 are for tracers. */
export const CATALOGUE = 5_000;

/** Initial content of a database of the shop: products, reviews, the heartbeat and the ledger. */
export const SHOP_SQL: readonly string[] = [
  // Half-filled pages: an updated row stays in its page (HOT), so that hot keys need no vacuum.
  `CREATE TABLE products (
     id integer PRIMARY KEY, tenant text NOT NULL, name text NOT NULL, price integer NOT NULL,
     version integer NOT NULL DEFAULT 1, deleted boolean NOT NULL DEFAULT false
   ) WITH (fillfactor = 50)`,
  `CREATE TABLE reviews (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, product integer NOT NULL,
     tenant text NOT NULL, stars smallint NOT NULL, text text NOT NULL
   )`,
  'CREATE INDEX reviews_by_product ON reviews (product, id)',
  ...HEARTBEAT_SQL,
  // Writes that the harness checks after a run, in every region.
  'CREATE TABLE ledger (run text, row bigint, PRIMARY KEY (run, row))',
  `INSERT INTO products (id, tenant, name, price)
     SELECT id, 'seed', 'product ' || id, 100 + id % 900
     FROM (SELECT generate_series(0, ${CATALOGUE - 1}) UNION ALL SELECT generate_series(100000, 100099)) AS keys (id)`,
  'VACUUM (FREEZE, ANALYZE) products',
];

const COLUMNS = 'id, tenant, name, price, version';

/** Statements that every database of the shop answers, one round trip each. */
export const SHOP_READS = {
  page: `SELECT ${COLUMNS} FROM products WHERE id >= $1 AND NOT deleted ORDER BY id LIMIT 10`,
  product: `SELECT ${COLUMNS}, deleted FROM products WHERE id = $1`,
  entries: 'SELECT row::float8 AS row FROM ledger WHERE run = $1',
  heartbeat: HEARTBEAT,
} as const;

export const PRODUCT_BODY = object({
  tenant: TEXT,
  name: TEXT,
  price: { type: 'integer', minimum: 0, maximum: 2 ** 31 - 1 },
});
export type ProductBody = { Body: { tenant: string; name: string; price: number } };

export type Listed = { Querystring: { tenant?: string; page?: string } };

/** The page that `GET /products` asks for, and its first key. All tenants share one catalogue; page numbers wrap. */
export function pageOf(query: Listed['Querystring']): { page: number; firstKey: number } {
  const page = wholeNumber(query.page ?? '0') ?? 0;
  return { page, firstKey: (page * 10) % CATALOGUE };
}
