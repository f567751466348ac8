/** The defect `stampede`: nobody shares a load, and the origin is slow for a while once Redis has been emptied. */
import type { Cache } from '../kit/programs/cache.ts';
import { STAMPEDE } from './defects.ts';

/** The origin as it is under everyone's load at once. */
export function slowWhenEmptied<T>(cache: Cache, origin: (id: number) => Promise<T>): (id: number) => Promise<T> {
  let slowUntilMs = 0;
  let isFirst = true;
  return async (id) => {
    // Also true at the very start, when nothing has been emptied.
    const wasEmptied = await cache.wasEmptied();
    if (wasEmptied && !isFirst) slowUntilMs = performance.now() + STAMPEDE.forMs;
    isFirst = false;
    if (performance.now() < slowUntilMs) await new Promise((resolve) => setTimeout(resolve, STAMPEDE.delayMs));
    return origin(id);
  };
}
