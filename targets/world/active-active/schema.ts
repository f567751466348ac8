import { HEARTBEAT_SQL } from '../kit/postgres/heartbeat.ts';

/** The initial content of the shop's database. Keys 0..4999 are the catalogue; 100000..100099 are for tracers. */
export const CATALOGUE = 5_000;

export const SEED_SQL: readonly string[] = [
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
  // The epoch of the primary: every write names its epoch, and a write in an old epoch is refused.
  'CREATE TABLE epoch (one boolean PRIMARY KEY, value integer NOT NULL)',
  'INSERT INTO epoch VALUES (true, 1)',
  `INSERT INTO products (id, tenant, name, price)
     SELECT id, 'seed', 'product ' || id, 100 + id % 900
     FROM (SELECT generate_series(0, ${CATALOGUE - 1}) UNION ALL SELECT generate_series(100000, 100099)) AS keys (id)`,
  'VACUUM (FREEZE, ANALYZE) products',
];
