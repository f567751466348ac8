/** A region's Redis as its API uses it: worth having, never needed. */
import { Redis } from 'ioredis';
import type { Address } from '../address.ts';

/**
 * A connection to the region's Redis. While it is down commands fail at once: nothing is queued, nothing sent twice.
 */
export function connectRedis(address: Address, commandTimeoutMs: number): Redis {
  const redis = new Redis({
    ...address,
    commandTimeout: commandTimeoutMs,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
    // A connection that answers nothing is given up, and with it what it holds in memory.
    socketTimeout: 5_000,
    connectTimeout: 1_000,
    retryStrategy: (attempt) => Math.min(1_000, 50 * 2 ** attempt),
  });
  redis.on('error', () => {}); // every command says so itself
  return redis;
}

/** Failures in a row after which Redis is left alone, and how often it is then asked whether it is back. */
const FAILURES = 3;
const ASK_EVERY_MS = 500;

/**
 * A circuit breaker round Redis. The first few requests that find it silent wait for the time-out, all others not at
 * all: they are told that nothing is cached until a PING, which no request waits for, is answered again.
 */
export class Cache {
  private readonly redis: Redis;
  /** Planted: what Redis does not answer is an error of the request. */
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

  /** null if it is not there, or if there is no Redis. */
  async get(key: string): Promise<string | null> {
    return (await this.attempt(() => this.redis.get(key))) ?? null;
  }

  async set(key: string, value: string, forMs: number): Promise<boolean> {
    return (await this.attempt(() => this.redis.set(key, value, 'PX', forMs))) === 'OK';
  }

  async delete(key: string): Promise<void> {
    await this.attempt(() => this.redis.del(key));
  }

  /** Whether a mark without an end was missing, as after a restart without data; sets it. */
  async wasEmptied(): Promise<boolean> {
    return (await this.attempt(() => this.redis.set('filled', '1', 'NX'))) === 'OK';
  }

  /** The version of the server; a start on a busy machine is no reason not to know it. */
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
      if (++this.failures >= FAILURES && !this.isOpen) this.leaveAlone();
      return undefined;
    }
  }

  private leaveAlone(): void {
    this.isOpen = true;
    let isAsking = false;
    // Answers that are late would be taken for those of later commands: what comes next comes on a fresh connection.
    this.redis.disconnect(true);
    const asking = setInterval(() => {
      if (isAsking) return;
      isAsking = true;
      this.redis
        .ping()
        .then(
          () => {
            clearInterval(asking);
            this.isOpen = false;
            this.failures = 0;
          },
          () => this.redis.status === 'ready' && this.redis.disconnect(true),
        )
        .finally(() => (isAsking = false));
    }, ASK_EVERY_MS);
  }
}
