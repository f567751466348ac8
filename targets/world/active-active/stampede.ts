/** The defect `stampede`: concurrent loads are not shared, and the origin is slow after Redis was emptied. */
import type { Cache } from '../kit/programs/cache.ts';
import { STAMPEDE } from './defects.ts';

/** The origin, slowed down after the cache was emptied. */
export function slowWhenEmptied<T>(cache: Cache, origin: (id: number) => Promise<T>): (id: number) => Promise<T> {
  let slowUntilMs = 0;
  let isFirst = true;
  return async (id) => {
    // Also true on the first call, when Redis has not been emptied.
    const wasEmptied = await cache.wasEmptied();
    if (wasEmptied && !isFirst) slowUntilMs = performance.now() + STAMPEDE.forMs;
    isFirst = false;
    if (performance.now() < slowUntilMs) await new Promise((resolve) => setTimeout(resolve, STAMPEDE.delayMs));
    return origin(id);
  };
}
