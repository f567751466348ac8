/** What an API process keeps its data in: the region's database, the primary, and the region's Redis. */
import { Redis } from 'ioredis';
import pg from 'pg';
import { DATABASE } from './schema.ts';

export interface Product {
  id: number;
  tenant: string;
  name: string;
  price: number;
  version: number;
}

const PRODUCT = 'SELECT id, tenant, name, price, version FROM products';

// Named statements are parsed once per connection; each is one round trip.
const STATEMENTS = {
  page: `${PRODUCT} WHERE id >= $1 ORDER BY id LIMIT 10`,
  product: `${PRODUCT} WHERE id = $1`,
  upsert: `INSERT INTO products (id, tenant, name, price) VALUES ($1, $2, $3, $4)
    ON CONFLICT (id) DO UPDATE SET tenant = excluded.tenant, name = excluded.name, price = excluded.price,
      version = products.version + 1
    RETURNING version`,
  addReview: `INSERT INTO reviews (product, tenant, stars, text)
    SELECT $1::integer, $2, $3, $4 WHERE EXISTS (SELECT FROM products WHERE id = $1::integer) RETURNING id`,
  dropReview: `DELETE FROM reviews WHERE id = (SELECT id FROM reviews WHERE product = $1 ORDER BY id DESC LIMIT 1)`,
  heartbeat: `SELECT (extract(epoch FROM clock_timestamp() - at) * 1000)::float8 AS "ageMs",
      pg_is_in_recovery() AS replica,
      CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END::text AS "receivedLsn",
      CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END::text AS "replayLsn"
    FROM heartbeat`,
} as const;

type Statement = keyof typeof STATEMENTS;

/** A caller waits no longer than this for a database; then the answer is 503. */
const QUERY_TIMEOUT_MS = 5_000;

/** Connections to one database, all opened beforehand. */
export class Database {
  private readonly pool: pg.Pool;
  readonly size: number;

  constructor(port: number, size: number) {
    this.size = size;
    this.pool = new pg.Pool({
      ...DATABASE,
      port,
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

  /** Opens every connection; a round trip, not one each. */
  async open(): Promise<void> {
    const clients = await Promise.all(Array.from({ length: this.size }, () => this.pool.connect()));
    for (const client of clients) client.release();
  }

  async version(): Promise<string> {
    const { rows } = await this.pool.query<{ server_version: string }>('SHOW server_version');
    return rows[0]!.server_version;
  }
}

/** A connection to the region's Redis. While it is down commands fail at once: nothing is queued, nothing sent twice. */
export function connectRedis(port: number, commandTimeoutMs: number): Redis {
  const redis = new Redis({
    host: '127.0.0.1',
    port,
    commandTimeout: commandTimeoutMs,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
    // A connection that answers nothing is given up, and with it what it holds in memory.
    socketTimeout: 5_000,
    connectTimeout: 1_000,
    retryStrategy: (attempt) => Math.min(1_000, 50 * 2 ** attempt),
  });
  redis.on('error', () => {}); // every command says so itself
  return redis;
}
