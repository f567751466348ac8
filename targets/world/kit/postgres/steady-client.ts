/** A connection to a database that is asked now and then by the main process, and made again after it broke. */
import pg from 'pg';
import { type Address, inWords } from '../address.ts';
import { inTime } from '../health-check.ts';
import { DATABASE } from './settings.ts';

export interface SteadyClient {
  /** Rows of one statement; rejects when there is no answer within the time, connecting included. */
  query<T extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<T[]>;
  /** Connects if it is not connected; rejects when that takes too long. */
  open(): Promise<void>;
  close(): void;
}

/** A client of the server at that address; connects with the first question. One question at a time. */
export function steadyClient(address: Address, timeoutMs: number): SteadyClient {
  let client: pg.Client | null = null;

  const drop = (broken: pg.Client): void => {
    if (client === broken) client = null;
    broken.end().catch(() => {});
    // A server that is silent would leave its end of the connection open for good.
    broken.connection.stream.destroy();
  };

  /** What `ask` says of a connected client; one that fails or is late is given up, and the next one is a fresh one. */
  async function within<T>(ask: (client: pg.Client) => Promise<T>): Promise<T> {
    const used = client ?? new pg.Client({ ...DATABASE, ...address });
    const isNew = client === null;
    client = used;
    if (isNew) used.on('error', () => drop(used));
    let timer: { cancel: () => void } | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = inTime(timeoutMs, () => reject(new Error(`no answer from ${inWords(address)} within ${timeoutMs} ms`)));
    });
    try {
      return await Promise.race([(isNew ? used.connect() : Promise.resolve()).then(() => ask(used)), late]);
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
