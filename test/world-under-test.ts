/** A running world for tests: its control API, its routing and its databases. */
import pg from 'pg';

interface Answer {
  status: number;
  json: Record<string, unknown>;
}

interface Truth {
  atEpochMs: number;
  what: string;
  region: string | null;
  detail: string;
}

interface Process {
  name: string;
  state: string;
  fault: string | null;
}

export interface WorldUnderTest {
  /** Sends a request to its control API. */
  control: (method: 'GET' | 'POST', path: string, body?: object) => Promise<Answer>;
  /** Breaks or restores a process; throws with the world's error if that fails. */
  act: (name: string, action: string, body?: object) => Promise<void>;
  process: (name: string) => Promise<Process | undefined>;
  /** Events of this kind in this region, oldest first. */
  truth: (what: string, region: string) => Promise<Truth[]>;
  /** Region and TTL in routing's answer for Tokyo. */
  tokyo: () => Promise<unknown>;
  tokyoTtl: () => Promise<unknown>;
}

export function underTest(file: { control: { url: string }; routing: { url: string } }): WorldUnderTest {
  const control = async (method: 'GET' | 'POST', path: string, body?: object): Promise<Answer> => {
    const response = await fetch(file.control.url + path, {
      method,
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(30_000),
    });
    return { status: response.status, json: (await response.json()) as Record<string, unknown> };
  };
  const resolved = async (): Promise<Record<string, unknown>> => {
    const response = await fetch(`${file.routing.url}/resolve?city=tokyo&lat=35.69&lon=139.75`);
    return (await response.json()) as Record<string, unknown>;
  };
  return {
    control,
    async act(name, action, body) {
      const { status, json } = await control('POST', `/processes/${name}/${action}`, body);
      if (status !== 200) throw new Error(`${action} ${name}: ${status} ${String(json.error)}`);
    },
    async process(name) {
      const { json } = await control('GET', '/processes');
      return (json.processes as Process[]).find((process) => process.name === name);
    },
    async truth(what, region) {
      const { json } = await control('GET', '/truth');
      return (json.events as Truth[]).filter((event) => event.what === what && event.region === region);
    },
    tokyo: async () => (await resolved()).region,
    tokyoTtl: async () => (await resolved()).ttlSeconds,
  };
}

/** A connection to the database at this URL, closed at the end of the scope. */
export async function database(url: string): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000, query_timeout: 10_000 });
  client.on('error', () => {});
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}
