/** The databases of an API process: the region's own, and the primary. */
import type pg from 'pg';
import type { Address } from '../kit/address.ts';
import { Database } from '../kit/programs/database.ts';
import { SHOP_READS } from '../kit/shop/catalogue.ts';

// Each is one round trip. Every write names its epoch and does nothing in a database with another epoch.
const STATEMENTS = {
  ...SHOP_READS,
  upsert: `INSERT INTO products (id, tenant, name, price)
    SELECT $2::integer, $3::text, $4::text, $5::integer WHERE EXISTS (SELECT FROM epoch WHERE value = $1)
    ON CONFLICT (id) DO UPDATE SET tenant = excluded.tenant, name = excluded.name, price = excluded.price,
      version = products.version + 1, deleted = false
    RETURNING version`,
  bury: `WITH buried AS (
      UPDATE products SET deleted = true, version = version + 1
      WHERE id = $2 AND EXISTS (SELECT FROM epoch WHERE value = $1)
      RETURNING version
    )
    SELECT (SELECT version FROM buried) AS version FROM epoch WHERE value = $1`,
  addReview: `WITH added AS (
      INSERT INTO reviews (product, tenant, stars, text) SELECT $2::integer, $3::text, $4::smallint, $5::text
      WHERE EXISTS (SELECT FROM products WHERE id = $2::integer AND NOT deleted)
        AND EXISTS (SELECT FROM epoch WHERE value = $1)
      RETURNING id
    )
    SELECT (SELECT id FROM added) AS id FROM epoch WHERE value = $1`,
  dropReview: `WITH dropped AS (
      DELETE FROM reviews WHERE id = (SELECT id FROM reviews WHERE product = $2 ORDER BY id DESC LIMIT 1)
        AND EXISTS (SELECT FROM epoch WHERE value = $1)
    )
    SELECT FROM epoch WHERE value = $1`,
  addEntry: `WITH added AS (
      INSERT INTO ledger SELECT $2::text, $3::bigint WHERE EXISTS (SELECT FROM epoch WHERE value = $1)
      ON CONFLICT DO NOTHING
    )
    SELECT FROM epoch WHERE value = $1`,
} as const;

type Statement = keyof typeof STATEMENTS;
export type Write = 'upsert' | 'bury' | 'addReview' | 'dropReview' | 'addEntry';

/** A database with the shop's data. */
export class ShopDatabase extends Database<Statement> {
  constructor(address: Address, size: number) {
    super(address, size, STATEMENTS);
  }

  /** One write in this epoch; an error if the database has another epoch. */
  async write<T extends pg.QueryResultRow>(name: Write, epoch: number, values: unknown[]): Promise<T> {
    const [row] = await this.query<T>(name, [epoch, ...values]);
    if (!row) throw new Error(`write refused: epoch ${epoch} is over, this region does not know the new primary yet`);
    return row;
  }
}
