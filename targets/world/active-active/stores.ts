/** What an API process keeps its data in: the region's database, and the primary. */
import pg from 'pg';
import type { Address } from '../kit/address.ts';
import { DATABASE } from '../kit/postgres/settings.ts';

export interface Product {
  id: number;
  tenant: string;
  name: string;
  price: number;
  version: number;
  /** A tombstone, which keeps the version. Lists leave it out. */
  deleted?: boolean;
}

const COLUMNS = 'id, tenant, name, price, version';

// Named statements are parsed once per connection; each is one round trip. Every write names the epoch it believes in
// and does nothing in a database that has another one.
const STATEMENTS = {
  page: `SELECT ${COLUMNS} FROM products WHERE id >= $1 AND NOT deleted ORDER BY id LIMIT 10`,
  product: `SELECT ${COLUMNS}, deleted FROM products WHERE id = $1`,
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
  entries: 'SELECT row::float8 AS row FROM ledger WHERE run = $1',
  heartbeat: `SELECT (extract(epoch FROM clock_timestamp() - at) * 1000)::float8 AS "ageMs",
      pg_is_in_recovery() AS replica,
      CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END::text AS "receivedLsn",
      CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END::text AS "replayLsn"
    FROM heartbeat`,
} as const;

type Statement = keyof typeof STATEMENTS;
export type Write = 'upsert' | 'bury' | 'addReview' | 'dropReview' | 'addEntry';

/** A caller waits no longer than this for a database; then the answer is 503. */
const QUERY_TIMEOUT_MS = 5_000;

/** Connections to one database, all opened beforehand. */
export class Database {
  private readonly pool: pg.Pool;
  readonly size: number;

  constructor(address: Address, size: number) {
    this.size = size;
    this.pool = new pg.Pool({
      ...DATABASE,
      ...address,
      max: size,
      idleTimeoutMillis: 0,
      connectionTimeoutMillis: QUERY_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
    });
    // An idle connection was cut; the pool opens another one when it is needed.
    this.pool.on('error', () => {});
  }

  async query<T extends pg.QueryResultRow>(name: Statement, values: unknown[] = []): Promise<T[]> {
    return (await this.pool.query<T>({ name, text: STATEMENTS[name], values })).rows;
  }

  /** One write in the name of an epoch; an error if the database has another one. */
  async write<T extends pg.QueryResultRow>(name: Write, epoch: number, values: unknown[]): Promise<T> {
    const [row] = await this.query<T>(name, [epoch, ...values]);
    if (!row) throw new Error(`epoch ${epoch} is over: this region has not heard of the new primary`);
    return row;
  }

  /** Opens every connection; a round trip, not one each. */
  async open(): Promise<void> {
    const asked = await Promise.allSettled(Array.from({ length: this.size }, () => this.pool.connect()));
    for (const opened of asked) if (opened.status === 'fulfilled') opened.value.release();
    const failed = asked.find((opened) => opened.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** Gives its connections up, each when its statement is over. */
  close(): void {
    this.pool.end().catch(() => {});
  }

  async version(): Promise<string> {
    const { rows } = await this.pool.query<{ server_version: string }>('SHOW server_version');
    return rows[0]!.server_version;
  }
}
