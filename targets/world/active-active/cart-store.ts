/** The carts of a region, in its Redis. Every call rejects while that is down. */
import type { Redis } from 'ioredis';
import { type Cart, mergeCarts } from './carts.ts';
import type { Defect } from './defects.ts';

/** Set once this Redis holds the carts of all regions; lost together with its data. */
const MARK = 'carts-are-here';

const redisKey = (key: string): string => `cart:${key}`;

export class CartStore {
  private readonly redis: Redis;
  private readonly defect: Defect;
  private readonly inTurn = serializedPerKey();

  constructor(redis: Redis, defect: Defect) {
    this.redis = redis;
    this.defect = defect;
  }

  async find(key: string): Promise<Cart | null> {
    const text = await this.redis.get(redisKey(key));
    return text === null ? null : (JSON.parse(text) as Cart);
  }

  /** Replaces the cart with the result of `change`. */
  put(key: string, change: (there: Cart | null) => Cart): Promise<Cart> {
    return this.inTurn(key, async () => {
      const cart = change(await this.find(key));
      await this.redis.set(redisKey(key), JSON.stringify(cart));
      return cart;
    });
  }

  /** Merges the carts of another region. */
  async merge(carts: Record<string, Cart>): Promise<void> {
    for (const [key, cart] of Object.entries(carts)) {
      await this.put(key, (there) => (there ? mergeCarts(there, cart, this.defect) : cart));
    }
  }

  async all(): Promise<Record<string, Cart>> {
    const carts: Record<string, Cart> = {};
    for (const name of await this.redis.keys(redisKey('*'))) {
      const key = name.slice(redisKey('').length);
      const cart = await this.find(key);
      if (cart) carts[key] = cart;
    }
    return carts;
  }

  /** Calls `fill` if this Redis has lost its data, and marks it as filled. */
  async fillIfEmptied(fill: () => Promise<void>): Promise<void> {
    if ((await this.redis.get(MARK)) !== null) return;
    await fill();
    await this.redis.set(MARK, '1');
  }

  /** Calls `ready` after every reconnect to Redis. */
  onReady(ready: () => void): void {
    this.redis.on('ready', ready);
  }

  get isReady(): boolean {
    return this.redis.status === 'ready';
  }
}

/** Runs operations on the same key one at a time. */
function serializedPerKey(): <T>(key: string, act: () => Promise<T>) => Promise<T> {
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
