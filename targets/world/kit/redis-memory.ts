/** Fills a Redis: it then refuses what needs memory (`OOM command not allowed`) and still serves what it has. */
import type { Address } from './address.ts';
import { connectRedis } from './programs/cache.ts';

const TIMEOUT_MS = 2_000;

/** Sets the memory limit of this Redis to one byte, or removes it. Its eviction policy is the default, noeviction. */
export const limitMemory =
  (address: Address) =>
  async (isFull: boolean): Promise<void> => {
    const redis = connectRedis(address, TIMEOUT_MS);
    try {
      if (redis.status !== 'ready')
        await new Promise<void>((resolve, reject) => {
          redis.once('ready', () => resolve());
          setTimeout(() => reject(new Error(`Redis did not respond within ${TIMEOUT_MS} ms`)), TIMEOUT_MS).unref();
        });
      await redis.config('SET', 'maxmemory', isFull ? '1' : '0');
    } finally {
      redis.disconnect();
    }
  };
