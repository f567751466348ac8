/** Carts in a region's API: written to its own Redis, and exchanged with the other regions over the sync links. */
import type { FastifyInstance } from 'fastify';
import type { Redis } from 'ioredis';
import { CartExchange, type Peers } from './cart-exchange.ts';
import { CartStore } from './cart-store.ts';
import { type Cart, type Clock, writeCart } from './carts.ts';
import type { Defect } from './defects.ts';

export interface CartParts {
  region: string;
  defect: Defect;
  redis: Redis;
}

type Keyed = { Params: { key: string } };
type Written = { Body: { tenant: string; items: Cart['items'] } };

const COUNTS = { type: 'object', maxProperties: 100, additionalProperties: { type: 'integer', minimum: 0 } } as const;
const KEY = { type: 'object', properties: { key: { type: 'string', pattern: '^[\\w-]{1,64}$' } } } as const;
const WRITE = {
  type: 'object',
  required: ['tenant', 'items'],
  properties: { tenant: { type: 'string' }, items: COUNTS },
} as const;

/**
 * Adds `GET` and `PUT /carts/{key}`, and `/sync` for the other regions. The header `X-Vector-Clock` carries the version
 * in a response, and in a write the version that the writer had read (none if absent). Without its Redis a region has
 * no carts and responds with 503. Returns a function that takes the sync links.
 */
export function addCarts(app: FastifyInstance, { region, defect, redis }: CartParts): (links: Peers) => void {
  const store = new CartStore(redis, defect);
  const exchange = new CartExchange(store);

  app.get<Keyed>('/carts/:key', { schema: { params: KEY } }, async (request, reply) => {
    const cart = await store.find(request.params.key);
    reply.source = 'cache';
    if (!cart) return reply.code(404).send({ error: 'no such cart' });
    return reply.header('X-Vector-Clock', JSON.stringify(cart.clock)).send(cart);
  });

  app.put<Keyed & Written>('/carts/:key', { schema: { params: KEY, body: WRITE } }, async (request, reply) => {
    const { items } = request.body;
    const clock = clockIn(request.headers['x-vector-clock']);
    if (!clock) return reply.code(400).send({ error: 'X-Vector-Clock is not a JSON object of whole numbers' });
    const { key } = request.params;
    const now = { region, known: clock, atMs: Date.now() };
    const cart = await store.put(key, (there) => writeCart(there, items, now));
    exchange.send(key, cart);
    reply.source = 'cache';
    return reply.header('X-Vector-Clock', JSON.stringify(cart.clock)).send(cart);
  });

  app.post<{ Body: Record<string, Cart> }>('/sync', { bodyLimit: 16 * 1024 * 1024 }, async (request, reply) => {
    await store.merge(request.body);
    return reply.code(204).send();
  });

  app.get('/sync', () => store.all());

  return (links) => exchange.connect(links);
}

/** The clock in a header, {} without one; null if it is invalid. */
function clockIn(header: string | string[] | undefined): Clock | null {
  if (header === undefined) return {};
  try {
    const clock = JSON.parse(String(header)) as unknown;
    if (typeof clock !== 'object' || clock === null || Array.isArray(clock)) return null;
    return Object.values(clock).every((writes) => Number.isSafeInteger(writes) && writes >= 0)
      ? (clock as Clock)
      : null;
  } catch {
    return null;
  }
}
