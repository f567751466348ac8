/** The shop's operations: what each reads and writes, and what every answer says about itself. */
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { Cache } from './cache.ts';
import { type Defect, failure, losesWrite, readDelay } from './defects.ts';
import { inTime } from './health-check.ts';
import { CATALOGUE } from './schema.ts';
import { RUN_HEADER, RunCounter } from './run-counter.ts';
import { sessionUser, signSession } from './session-token.ts';
import { singleFlight } from './single-flight.ts';
import { slowWhenEmptied } from './stampede.ts';
import type { Database, Product, Write } from './stores.ts';

/** Where the data is, as of now: a promotion changes all but the cache. */
export interface Stores {
  epoch: number;
  /** What `local` is. */
  role: 'primary' | 'replica';
  /** For reads, and for writes. One and the same in the primary's region, and in one whose own database is fenced. */
  local: Database;
  primary: Database;
  cache: Cache;
}

export interface ApiParts {
  region: string;
  defect: Defect;
  stores: Stores;
  sessionSecret: string;
}

declare module 'fastify' {
  interface FastifyReply {
    startedAtMs: number;
    /** Where the data of the answer came from, and the version of the product it speaks of. */
    source: 'primary' | 'replica' | 'cache' | 'none';
    recordVersion: number;
  }
}

const CACHE_MS = 1_000;
const SESSION_SECONDS = 3_600;
/** A database that takes longer to answer cannot be read; less than a health check waits. */
const HEALTHY_MS = 500;
const API_VERSION = '1';
/** Far longer than any run's think time: the server never closes a connection that a request is just being sent on. */
const KEEP_ALIVE_MS = 30 * 60_000;

type Keyed = { Params: { key: string } };

/** The API of one region, not yet listening. */
export function buildApi({ region, defect, stores, sessionSecret }: ApiParts): FastifyInstance {
  const { cache } = stores;
  const app = Fastify({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0, http: { headersTimeout: 0 } });
  const counter = new RunCounter();
  const fails = failure(defect, region);
  const delayMs = readDelay(defect, region);
  const isLost = losesWrite(defect);
  const origin = async (id: number): Promise<Product | undefined> => {
    const [product] = await stores.local.query<Product>('product', [id]);
    return product;
  };
  const load = defect === 'stampede' ? slowWhenEmptied(cache, origin) : singleFlight(origin);
  const write = <T extends object>(name: Write, values: unknown[]): Promise<T> =>
    stores.primary.write<T>(name, stores.epoch, values);

  app.decorateReply('startedAtMs', 0);
  app.decorateReply('source', 'none');
  app.decorateReply('recordVersion', 0);
  app.addHook('onRequest', (request, reply, done) => {
    reply.startedAtMs = performance.now();
    const run = request.headers[RUN_HEADER];
    if (run === undefined) return done();
    counter.count(run);
    if (fails()) return void reply.code(500).send({ error: 'planted' });
    done();
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    reply.header('X-Served-Region', region);
    reply.header('X-Data-Source', reply.source);
    reply.header('X-Api-Version', API_VERSION);
    reply.header('X-Epoch', stores.epoch);
    if (reply.recordVersion > 0) reply.header('X-Record-Version', reply.recordVersion);
    reply.header('Server-Timing', `total;dur=${(performance.now() - reply.startedAtMs).toFixed(2)}`);
    done();
  });
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    // What Fastify refuses has a status of its own; everything else is a store that did not answer.
    const status = error.statusCode ?? 503;
    reply.source = 'none';
    return reply.code(status).send({ error: error.message });
  });

  app.get<{ Querystring: { tenant?: string; page?: string } }>('/products', async (request, reply) => {
    await slowly(delayMs());
    // The catalogue is one for all tenants; pages are counted round it, so that any key is a page.
    const page = wholeNumber(request.query.page ?? '0') ?? 0;
    const products = await stores.local.query<Product>('page', [(page * 10) % CATALOGUE]);
    reply.source = stores.role;
    return { tenant: request.query.tenant ?? null, page, products };
  });

  app.get<Keyed>('/products/:key', async (request, reply) => {
    await slowly(delayMs());
    const id = wholeNumber(request.params.key);
    if (id === null) return notFound(reply);
    const mayBeCached = request.headers['cache-control'] !== 'no-cache';
    const cached = mayBeCached ? await cache.get(cacheKey(id)) : null;
    if (cached !== null) {
      reply.source = 'cache';
      reply.recordVersion = Number(cached.slice(0, cached.indexOf(' ')));
      return reply.type('application/json').send(cached.slice(cached.indexOf(' ') + 1));
    }
    // Who wants it past the cache wants what is there now, not what someone else has just asked for.
    const product = await (mayBeCached ? load(id) : origin(id));
    reply.source = stores.role;
    if (!product) return notFound(reply);
    reply.recordVersion = product.version;
    const text = JSON.stringify(product);
    if (mayBeCached) cache.set(cacheKey(id), `${product.version} ${text}`, CACHE_MS).catch(() => {});
    return reply.type('application/json').send(text);
  });

  app.put<Keyed & { Body: { tenant: string; name: string; price: number } }>(
    '/products/:key',
    {
      schema: {
        body: object({ tenant: TEXT, name: TEXT, price: { type: 'integer', minimum: 0, maximum: 2 ** 31 - 1 } }),
      },
    },
    async (request, reply) => {
      const id = wholeNumber(request.params.key);
      if (id === null) return notFound(reply);
      const { tenant, name, price } = request.body;
      const { version } = isLost()
        ? { version: ((await stores.primary.query<Product>('product', [id]))[0]?.version ?? 0) + 1 }
        : await write<{ version: number }>('upsert', [id, tenant, name, price]);
      await cache.delete(cacheKey(id));
      reply.source = 'primary';
      reply.recordVersion = version;
      return { id, version };
    },
  );

  app.post<Keyed & { Body: { tenant: string; stars: number; text: string } }>(
    '/products/:key/reviews',
    { schema: { body: object({ tenant: TEXT, stars: { type: 'integer', minimum: 1, maximum: 5 }, text: TEXT }) } },
    async (request, reply) => {
      const { tenant, stars, text } = request.body;
      const id = wholeNumber(request.params.key);
      if (id === null) return notFound(reply);
      const { id: review } = isLost()
        ? { id: '1' }
        : await write<{ id: string | null }>('addReview', [id, tenant, stars, text]);
      if (review === null) return notFound(reply);
      reply.source = 'primary';
      return reply.code(201).send({ review: Number(review) });
    },
  );

  app.delete<Keyed>('/products/:key/reviews', async (request, reply) => {
    const id = wholeNumber(request.params.key);
    if (id === null) return notFound(reply);
    if (!isLost()) await write('dropReview', [id]);
    reply.source = 'primary';
    return { product: id };
  });

  app.post<{ Body: { user: string } }>(
    '/sessions',
    { schema: { body: object({ user: TEXT }) } },
    async (request, reply) => {
      const { user } = request.body;
      const token = signSession(sessionSecret, user, seconds() + SESSION_SECONDS);
      const isKept = await cache.set(sessionKey(token), user, SESSION_SECONDS * 1_000);
      reply.source = isKept ? 'cache' : 'none';
      return reply.code(201).send({ token });
    },
  );

  app.get('/sessions/current', async (request, reply) => {
    const token = /^Bearer ([\w.-]{1,15000})$/.exec(request.headers.authorization ?? '')?.[1];
    const user = token ? sessionUser(sessionSecret, token, seconds()) : null;
    if (!token || user === null) return reply.code(401).send({ error: 'no such session' });
    // What the store knows of a session; its token says enough where there is none.
    const kept = await cache.get(sessionKey(token));
    reply.source = kept === null ? 'none' : 'cache';
    return { user: kept ?? user };
  });

  // The ledger: what a run wrote is looked for in every region when it is over.
  app.post<{ Body: { row: number } }>(
    '/ledger',
    { schema: { body: object({ row: { type: 'integer', minimum: 0 } }) } },
    async (request, reply) => {
      const run = request.headers[RUN_HEADER];
      if (typeof run !== 'string') return reply.code(400).send({ error: `${RUN_HEADER} is missing` });
      if (!isLost()) await write('addEntry', [run, request.body.row]);
      reply.source = 'primary';
      return reply.code(201).send({ row: request.body.row });
    },
  );

  app.get<{ Querystring: { run?: string } }>('/ledger', async (request, reply) => {
    const rows = await stores.local.query<{ row: number }>('entries', [request.query.run ?? '']);
    reply.source = stores.role;
    return { rows: rows.map(({ row }) => row) };
  });

  app.get('/counters', () => counter.toJSON());

  app.get('/lag', async (_request, reply) => {
    const [row] = await stores.local.query<{ ageMs: number; replica: boolean; receivedLsn: string; replayLsn: string }>(
      'heartbeat',
    );
    const { ageMs, replica, ...positions } = row!;
    const { role, epoch } = stores;
    reply.source = role;
    // A beat every 100 ms: the age of the newest one replayed is the lag plus 0 to 100 ms. The primary has none.
    return { region, role, epoch, lagMs: replica ? ageMs : 0, ageMs, heartbeatAgeMs: ageMs, ...positions };
  });

  // Shallow: it answers, and its database can be read. That others are down is not for this region to fail for.
  app.get('/health', async (_request, reply) => {
    let timer: { cancel: () => void } | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = inTime(HEALTHY_MS, () => reject(new Error(`the database does not answer within ${HEALTHY_MS} ms`)));
    });
    await Promise.race([stores.local.query('product', [0]), late]).finally(() => timer!.cancel());
    reply.source = stores.role;
    return { status: 'ok', region, redis: cache.isConnected };
  });

  return app;
}

const TEXT = { type: 'string', maxLength: 10_000 } as const;

/** A body of exactly these properties, all of them required. */
const object = (properties: Record<string, object>) => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
});

const seconds = (): number => Math.floor(Date.now() / 1_000);

const cacheKey = (id: number): string => `product:${id}`;
const sessionKey = (token: string): string => `session:${token}`;

const notFound = (reply: FastifyReply): FastifyReply => reply.code(404).send({ error: 'no such product' });

/** A key as PostgreSQL's integer, or null. */
function wholeNumber(text: string): number | null {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  return value < 2 ** 31 ? value : null;
}

const slowly = (ms: number): Promise<void> | undefined =>
  ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms)) : undefined;
