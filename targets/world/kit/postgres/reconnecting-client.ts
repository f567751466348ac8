/** The main process's client of a database: one connection, reopened after it failed. */
import pg from 'pg';
import { type Address, formatAddress } from '../address.ts';
import { setDeadline } from '../health-check.ts';
import { DATABASE } from './settings.ts';

export interface ReconnectingClient {
  /** Rows of one statement; rejects when it times out, connecting included. */
  query<T extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<T[]>;
  /** Connects if it is not connected; rejects when that times out. */
  open(): Promise<void>;
  close(): void;
}

/** A client of the server at this address; connects with the first query. One query at a time. */
export function reconnectingClient(address: Address, timeoutMs: number): ReconnectingClient {
  let client: pg.Client | null = null;

  const drop = (broken: pg.Client): void => {
    if (client === broken) client = null;
    broken.end().catch(() => {});
    // A server that hangs would never close its end of the connection.
    broken.connection.stream.destroy();
  };

  /** Calls `use` with a connected client; one that fails or times out is dropped and replaced by the next call. */
  async function within<T>(use: (client: pg.Client) => Promise<T>): Promise<T> {
    const used = client ?? new pg.Client({ ...DATABASE, ...address });
    const isNew = client === null;
    client = used;
    if (isNew) used.on('error', () => drop(used));
    let timer: { cancel: () => void } | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setDeadline(timeoutMs, () =>
        reject(new Error(`no response from ${formatAddress(address)} within ${timeoutMs} ms`)),
      );
    });
    try {
      return await Promise.race([(isNew ? used.connect() : Promise.resolve()).then(() => use(used)), late]);
    } catch (error) {
      drop(used);
      throw error;
    } finally {
      timer!.cancel();
    }
  }

  return {
    query: (text, values = []) => within(async (client) => (await client.query(text, values)).rows),
    open: () => (client ? Promise.resolve() : within(() => Promise.resolve())),
    close: () => void (client && drop(client)),
  };
}
