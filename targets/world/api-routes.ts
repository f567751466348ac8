/** The shop's operations: what each reads and writes, and what every answer says about itself. */
import { randomUUID } from 'node:crypto';
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { Redis } from 'ioredis';
import { type Defect, failure, readDelay } from './defects.ts';
import { CATALOGUE } from './schema.ts';
import { RUN_HEADER, RunCounter } from './run-counter.ts';
import type { Database, Product } from './stores.ts';

export interface ApiParts {
  region: string;
  role: 'primary' | 'replica';
  defect: Defect;
  /** The region's own database, for reads; and the primary, for writes. One and the same in the primary's region. */
  local: Database;
  primary: Database;
  cache: Redis;
  sessions: Redis;
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
const API_VERSION = '1';
/** Far longer than any run's think time: the server never closes a connection that a request is just being sent on. */
const KEEP_ALIVE_MS = 30 * 60_000;

type Keyed = { Params: { key: string } };

/** The API of one region, not yet listening. */
export function buildApi({ region, role, defect, local, primary, cache, sessions }: ApiParts): FastifyInstance {
  const app = Fastify({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0, http: { headersTimeout: 0 } });
  const counter = new RunCounter();
  const fails = failure(defect, region);
  const delayMs = readDelay(defect, region);

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
    const products = await local.query<Product>('page', [(page * 10) % CATALOGUE]);
    reply.source = role;
    return { tenant: request.query.tenant ?? null, page, products };
  });

  app.get<Keyed>('/products/:key', async (request, reply) => {
    await slowly(delayMs());
    const id = wholeNumber(request.params.key);
    if (id === null) return notFound(reply);
    const mayBeCached = request.headers['cache-control'] !== 'no-cache';
    const cached = mayBeCached ? await cache.get(cacheKey(id)).catch(() => null) : null;
    if (cached !== null) {
      reply.source = 'cache';
      reply.recordVersion = Number(cached.slice(0, cached.indexOf(' ')));
      return reply.type('application/json').send(cached.slice(cached.indexOf(' ') + 1));
    }
    const [product] = await local.query<Product>('product', [id]);
    reply.source = role;
    if (!product) return notFound(reply);
    reply.recordVersion = product.version;
    const text = JSON.stringify(product);
    if (mayBeCached) cache.set(cacheKey(id), `${product.version} ${text}`, 'PX', CACHE_MS).catch(() => {});
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
      const [row] = await primary.query<{ version: number }>('upsert', [id, tenant, name, price]);
      await cache.del(cacheKey(id)).catch(() => 0);
      reply.source = 'primary';
      reply.recordVersion = row!.version;
      return { id, version: row!.version };
    },
  );

  app.post<Keyed & { Body: { tenant: string; stars: number; text: string } }>(
    '/products/:key/reviews',
    { schema: { body: object({ tenant: TEXT, stars: { type: 'integer', minimum: 1, maximum: 5 }, text: TEXT }) } },
    async (request, reply) => {
      const { tenant, stars, text } = request.body;
      const id = wholeNumber(request.params.key);
      const [row] = id === null ? [] : await primary.query<{ id: string }>('addReview', [id, tenant, stars, text]);
      if (!row) return notFound(reply);
      reply.source = 'primary';
      return reply.code(201).send({ review: Number(row.id) });
    },
  );

  app.delete<Keyed>('/products/:key/reviews', async (request, reply) => {
    const id = wholeNumber(request.params.key);
    if (id === null) return notFound(reply);
    await primary.query('dropReview', [id]);
    reply.source = 'primary';
    return { product: id };
  });

  app.post<{ Body: { user: string } }>(
    '/sessions',
    { schema: { body: object({ user: TEXT }) } },
    async (request, reply) => {
      const token = randomUUID();
      await sessions.set(sessionKey(token), request.body.user, 'EX', SESSION_SECONDS);
      reply.source = 'cache';
      return reply.code(201).send({ token });
    },
  );

  app.get('/sessions/current', async (request, reply) => {
    const token = /^Bearer ([\w-]{1,64})$/.exec(request.headers.authorization ?? '')?.[1];
    const user = token ? await sessions.get(sessionKey(token)) : null;
    if (token) reply.source = 'cache';
    return user === null ? reply.code(401).send({ error: 'no such session' }) : { user };
  });

  app.get('/counters', () => counter.toJSON());

  app.get('/lag', async (_request, reply) => {
    const [row] = await local.query<{ ageMs: number; replica: boolean; receivedLsn: string; replayLsn: string }>(
      'heartbeat',
    );
    const { ageMs, replica, ...positions } = row!;
    reply.source = role;
    // A beat every 100 ms: the age of the newest one replayed is the lag plus 0 to 100 ms. The primary has none.
    return { region, role, lagMs: replica ? ageMs : 0, heartbeatAgeMs: ageMs, ...positions };
  });

  app.get('/health', async (_request, reply) => {
    await local.query('product', [0]);
    reply.source = role;
    return { status: 'ok', region, redis: cache.status === 'ready' };
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
