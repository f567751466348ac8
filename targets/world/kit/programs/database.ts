/** A database as an API process uses it. */
import pg from 'pg';
import type { Address } from '../address.ts';
import { DATABASE } from '../postgres/settings.ts';

/** A caller waits no longer than this for a database; then the answer is 503. */
const QUERY_TIMEOUT_MS = 5_000;

/** Connections to one database, all opened beforehand, and what may be asked through them. */
export class Database<Statement extends string> {
  private readonly pool: pg.Pool;
  private readonly statements: Readonly<Record<Statement, string>>;
  readonly size: number;

  constructor(address: Address, size: number, statements: Readonly<Record<Statement, string>>) {
    this.size = size;
    this.statements = statements;
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

  /** Rows of one statement, which is parsed once per connection. */
  async query<T extends pg.QueryResultRow>(name: Statement, values: unknown[] = []): Promise<T[]> {
    return (await this.pool.query<T>({ name, text: this.statements[name], values })).rows;
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
