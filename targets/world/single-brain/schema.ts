import { HEARTBEAT_SQL } from '../kit/postgres/heartbeat.ts';

/** The initial content of the database. Keys 0..4999 are the catalogue; 100000..100099 are for tracers. */
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
  // Strongly consistent data: never read from a replica or a cache.
  'CREATE TABLE sessions (token text PRIMARY KEY, account text NOT NULL)',
  'CREATE TABLE accounts (account text PRIMARY KEY, balance integer NOT NULL, role text NOT NULL)',
  'CREATE TABLE configs (tenant text PRIMARY KEY, version integer NOT NULL DEFAULT 1, theme text NOT NULL)',
  ...HEARTBEAT_SQL,
  // Writes that the harness checks after a run, in every region.
  'CREATE TABLE ledger (run text, row bigint, PRIMARY KEY (run, row))',
  `INSERT INTO products (id, tenant, name, price)
     SELECT id, 'seed', 'product ' || id, 100 + id % 900
     FROM (SELECT generate_series(0, ${CATALOGUE - 1}) UNION ALL SELECT generate_series(100000, 100099)) AS keys (id)`,
  `INSERT INTO accounts SELECT 'user-' || id, 1000, 'member' FROM generate_series(0, ${CATALOGUE - 1}) AS keys (id)`,
  `INSERT INTO configs (tenant, theme) SELECT 'tenant-' || id, 'plain' FROM generate_series(0, 999) AS keys (id)`,
  'VACUUM (FREEZE, ANALYZE) products',
];
