/** The databases of an edge: the primary, and in one region a replica. */
import type { Address } from '../kit/address.ts';
import { Database } from '../kit/programs/database.ts';
import { SHOP_READS } from '../kit/shop/catalogue.ts';

// Each is one round trip.
const STATEMENTS = {
  ...SHOP_READS,
  upsert: `INSERT INTO products (id, tenant, name, price) VALUES ($1, $2, $3, $4)
    ON CONFLICT (id) DO UPDATE SET tenant = excluded.tenant, name = excluded.name, price = excluded.price,
      version = products.version + 1, deleted = false
    RETURNING version`,
  bury: 'UPDATE products SET deleted = true, version = version + 1 WHERE id = $1 RETURNING version',
  addReview: `INSERT INTO reviews (product, tenant, stars, text)
    SELECT $1::integer, $2::text, $3::smallint, $4::text
    WHERE EXISTS (SELECT FROM products WHERE id = $1::integer AND NOT deleted) RETURNING id`,
  dropReview: `DELETE FROM reviews WHERE id = (SELECT id FROM reviews WHERE product = $1 ORDER BY id DESC LIMIT 1)`,
  config: 'SELECT tenant, version, theme FROM configs WHERE tenant = $1',
  setConfig: 'UPDATE configs SET theme = $2, version = version + 1 WHERE tenant = $1 RETURNING version',
  addSession: 'INSERT INTO sessions VALUES ($1, $2)',
  session: 'SELECT account FROM sessions WHERE token = $1',
  endSession: 'DELETE FROM sessions WHERE token = $1',
  account: 'SELECT account, balance, role FROM accounts WHERE account = $1',
  setAccount: 'UPDATE accounts SET balance = $2, role = $3 WHERE account = $1 RETURNING account',
  addEntry: 'INSERT INTO ledger VALUES ($1, $2) ON CONFLICT DO NOTHING',
} as const;

export type Statement = keyof typeof STATEMENTS;

export class BrainDatabase extends Database<Statement> {
  constructor(address: Address, size: number, timeoutMs: number) {
    super(address, size, STATEMENTS, timeoutMs);
  }
}
