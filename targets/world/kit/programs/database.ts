/** A connection pool of an API process. */
import pg from 'pg';
import type { Address } from '../address.ts';
import { DATABASE } from '../postgres/settings.ts';

/** After this time the API responds with 503, unless the world says otherwise. */
const QUERY_TIMEOUT_MS = 5_000;

/** Connections to one database, all opened in advance, and its prepared statements. */
export class Database<Statement extends string> {
  private readonly pool: pg.Pool;
  private readonly statements: Readonly<Record<Statement, string>>;
  readonly size: number;

  constructor(
    address: Address,
    size: number,
    statements: Readonly<Record<Statement, string>>,
    timeoutMs = QUERY_TIMEOUT_MS,
  ) {
    this.size = size;
    this.statements = statements;
    this.pool = new pg.Pool({
      ...DATABASE,
      ...address,
      max: size,
      idleTimeoutMillis: 0,
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs,
    });
    // An idle connection was lost; the pool opens a new one when needed.
    this.pool.on('error', () => {});
  }

  /** Rows of one statement, which is parsed once per connection. */
  async query<T extends pg.QueryResultRow>(name: Statement, values: unknown[] = []): Promise<T[]> {
    return (await this.pool.query<T>({ name, text: this.statements[name], values })).rows;
  }

  /** Opens all connections concurrently. */
  async open(): Promise<void> {
    const opened = await Promise.allSettled(Array.from({ length: this.size }, () => this.pool.connect()));
    for (const one of opened) if (one.status === 'fulfilled') one.value.release();
    const failed = opened.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** Closes its connections, each after its current statement. */
  close(): void {
    this.pool.end().catch(() => {});
  }

  async version(): Promise<string> {
    const { rows } = await this.pool.query<{ server_version: string }>('SHOW server_version');
    return rows[0]!.server_version;
  }
}
