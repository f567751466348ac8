import { CATALOGUE, SHOP_SQL } from '../kit/shop/catalogue.ts';

/** The initial content of the database. */
export const SEED_SQL: readonly string[] = [
  ...SHOP_SQL,
  // Strongly consistent data: never read from a replica or a cache.
  'CREATE TABLE sessions (token text PRIMARY KEY, account text NOT NULL)',
  'CREATE TABLE accounts (account text PRIMARY KEY, balance integer NOT NULL, role text NOT NULL)',
  'CREATE TABLE configs (tenant text PRIMARY KEY, version integer NOT NULL DEFAULT 1, theme text NOT NULL)',
  `INSERT INTO accounts SELECT 'user-' || id, 1000, 'member' FROM generate_series(0, ${CATALOGUE - 1}) AS keys (id)`,
  `INSERT INTO configs (tenant, theme) SELECT 'tenant-' || id, 'plain' FROM generate_series(0, 999) AS keys (id)`,
];
