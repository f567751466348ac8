import { SHOP_SQL } from '../kit/shop/catalogue.ts';

/** The initial content of a region's database. */
export const SEED_SQL: readonly string[] = [
  // The epoch of the primary: every write names its epoch, and a write in an old epoch is refused.
  'CREATE TABLE epoch (one boolean PRIMARY KEY, value integer NOT NULL)',
  'INSERT INTO epoch VALUES (true, 1)',
  ...SHOP_SQL,
];
