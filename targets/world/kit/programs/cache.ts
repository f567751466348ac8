/** A region's Redis as its API uses it: optional, never required. */
import { Redis } from 'ioredis';
import type { Address } from '../address.ts';

/** A connection to the region's Redis. While it is down, commands fail at once: none is queued or resent. */
export function connectRedis(address: Address, commandTimeoutMs: number): Redis {
  const redis = new Redis({
    ...address,
    commandTimeout: commandTimeoutMs,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
    // Drops a connection that hangs, and with it the commands that it holds in memory.
    socketTimeout: 5_000,
    connectTimeout: 1_000,
    retryStrategy: (attempt) => Math.min(1_000, 50 * 2 ** attempt),
  });
  redis.on('error', () => {}); // each command reports its own error
  return redis;
}

/** Failures in a row that open the circuit breaker, and how often it then probes Redis with PING. */
const FAILURES = 3;
const PROBE_EVERY_MS = 500;

/**
 * A circuit breaker around Redis. When Redis hangs, the first few requests wait for the timeout. From then on every
 * request gets a cache miss at once, until Redis responds to a PING in the background.
 */
export class Cache {
  private readonly redis: Redis;
  /** Planted defect: a request fails if Redis does. */
  private readonly isRequired: boolean;
  private failures = 0;
  private isOpen = false;

  constructor(redis: Redis, isRequired = false) {
    this.redis = redis;
    this.isRequired = isRequired;
  }

  get isConnected(): boolean {
    return this.redis.status === 'ready' && !this.isOpen;
  }

  /** null if the key does not exist or Redis is unavailable. */
  async get(key: string): Promise<string | null> {
    return (await this.attempt(() => this.redis.get(key))) ?? null;
  }

  async set(key: string, value: string, forMs: number): Promise<boolean> {
    return (await this.attempt(() => this.redis.set(key, value, 'PX', forMs))) === 'OK';
  }

  async delete(key: string): Promise<void> {
    await this.attempt(() => this.redis.del(key));
  }

  /** Whether Redis has lost its data since the last call: checks for a key that never expires, and sets it. */
  async wasEmptied(): Promise<boolean> {
    return (await this.attempt(() => this.redis.set('filled', '1', 'NX'))) === 'OK';
  }

  /** The version of the server; retried, because a busy machine can time out at the start. */
  async version(): Promise<string> {
    for (let tries = 0; tries < 20; tries++) {
      const info = await this.redis.info('server').catch(() => '');
      const found = /redis_version:(\S+)/.exec(info);
      if (found) return found[1]!;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return 'unknown';
  }

  private async attempt<T>(command: () => Promise<T>): Promise<T | undefined> {
    if (this.isRequired) return command();
    if (this.isOpen) return undefined;
    try {
      const value = await command();
      this.failures = 0;
      return value;
    } catch {
      if (++this.failures >= FAILURES && !this.isOpen) this.openCircuit();
      return undefined;
    }
  }

  private openCircuit(): void {
    this.isOpen = true;
    let isProbing = false;
    // A late reply would be matched to a later command, so reconnect.
    this.redis.disconnect(true);
    const probing = setInterval(() => {
      if (isProbing) return;
      isProbing = true;
      this.redis
        .ping()
        .then(
          () => {
            clearInterval(probing);
            this.isOpen = false;
            this.failures = 0;
          },
          () => this.redis.status === 'ready' && this.redis.disconnect(true),
        )
        .finally(() => (isProbing = false));
    }, PROBE_EVERY_MS);
  }
}
