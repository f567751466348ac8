/** Carts in a region's API: written in its own Redis, and exchanged with the other regions over the sync links. */
import type { FastifyInstance } from 'fastify';
import type { Redis } from 'ioredis';
import type { Address } from '../kit/address.ts';
import { type Cart, type Clock, mergeCarts, writeCart } from './carts.ts';
import type { Defect } from './defects.ts';
import { Outbox } from './outbox.ts';

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

/** In a Redis that has what the others have. */
const MARK = 'carts-are-here';
const REFILL_AGAIN_MS = 1_000;

const redisKey = (key: string): string => `cart:${key}`;

/**
 * Adds `GET` and `PUT /carts/{key}`, and what the regions send each other. A write says in its header
 * `X-Vector-Clock` which version its writer had seen, as a read's answer says it; without one it knew of none. Without its Redis a region has no carts: 503. Returns what takes the sync links.
 */
export function addCarts(app: FastifyInstance, { region, defect, redis }: CartParts): (links: Peers) => void {
  const outboxes = new Map<string, Outbox>();
  const inTurn = oneAfterTheOther();
  const find = async (key: string): Promise<Cart | null> => {
    const text = await redis.get(redisKey(key));
    return text === null ? null : (JSON.parse(text) as Cart);
  };
  /** What is there becomes what `change` makes of it. */
  const put = (key: string, change: (there: Cart | null) => Cart): Promise<Cart> =>
    inTurn(key, async () => {
      const cart = change(await find(key));
      await redis.set(redisKey(key), JSON.stringify(cart));
      return cart;
    });

  app.get<Keyed>('/carts/:key', { schema: { params: KEY } }, async (request, reply) => {
    const cart = await find(request.params.key);
    reply.source = 'cache';
    if (!cart) return reply.code(404).send({ error: 'no such cart' });
    return reply.header('X-Vector-Clock', JSON.stringify(cart.clock)).send(cart);
  });

  app.put<Keyed & Written>('/carts/:key', { schema: { params: KEY, body: WRITE } }, async (request, reply) => {
    const { items } = request.body;
    const clock = clockIn(request.headers['x-vector-clock']);
    if (!clock) return reply.code(400).send({ error: 'X-Vector-Clock is no JSON object of whole numbers' });
    const { key } = request.params;
    const now = { region, known: clock, atMs: Date.now() };
    const cart = await put(key, (there) => writeCart(there, items, now));
    for (const outbox of outboxes.values()) outbox.add(key, cart);
    reply.source = 'cache';
    return reply.header('X-Vector-Clock', JSON.stringify(cart.clock)).send(cart);
  });

  app.post<{ Body: Record<string, Cart> }>('/sync', { bodyLimit: 16 * 1024 * 1024 }, async (request, reply) => {
    await merge(request.body);
    return reply.code(204).send();
  });

  app.get('/sync', () => everything());

  // A Redis that comes back with nothing in it (no mark) gets what the others have.
  let isFilling = false;
  const refill = async (): Promise<void> => {
    if (isFilling || outboxes.size === 0) return;
    isFilling = true;
    try {
      if ((await redis.get(MARK)) === null) {
        for (const outbox of outboxes.values()) await merge(await outbox.all());
        await redis.set(MARK, '1');
      }
    } catch {
      // Later: Redis is not there yet, or one of the others.
      setTimeout(() => redis.status === 'ready' && void refill(), REFILL_AGAIN_MS);
    } finally {
      isFilling = false;
    }
  };
  redis.on('ready', () => void refill());

  return (links) => {
    for (const [peer, link] of Object.entries(links)) if (!outboxes.has(peer)) outboxes.set(peer, new Outbox(link));
    // What an API that was ended had not sent, and what came of it, is sent by the next one.
    void sendAll().catch(() => {});
    void refill();
  };

  async function merge(carts: Record<string, Cart>): Promise<void> {
    for (const [key, cart] of Object.entries(carts)) {
      await put(key, (there) => (there ? mergeCarts(there, cart, defect) : cart));
    }
  }

  async function everything(): Promise<Record<string, Cart>> {
    const carts: Record<string, Cart> = {};
    for (const name of await redis.keys(redisKey('*'))) {
      const key = name.slice(redisKey('').length);
      const cart = await find(key);
      if (cart) carts[key] = cart;
    }
    return carts;
  }

  async function sendAll(): Promise<void> {
    for (const [key, cart] of Object.entries(await everything())) {
      for (const outbox of outboxes.values()) outbox.add(key, cart);
    }
  }
}

/** The clock that a header holds, {} without one; null if it holds something else. */
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

/** The links that lead to the other regions' APIs, by region. */
export type Peers = Record<string, Address>;

/** Runs what is asked for one key after the other. */
function oneAfterTheOther(): <T>(key: string, act: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return (key, act) => {
    const result = (last.get(key) ?? Promise.resolve()).then(act);
    const settled = result
      .catch(() => {})
      .finally(() => {
        if (last.get(key) === settled) last.delete(key);
      });
    last.set(key, settled);
    return result;
  };
}
