/**
 * Whether the primary is still there, as a quorum of the regions sees it: each asks its database through its own link
 * to the primary. A region that alone cannot reach it is cut off; it is no reason for a promotion.
 */
import type { Address } from '../address.ts';
import { again, type CheckRhythm, healthOf } from '../health-check.ts';
import { steadyClient } from './steady-client.ts';

export interface PrimaryWatch {
  /** Whether the quorum misses it now. */
  isDown: () => boolean;
  stop: () => void;
}

/**
 * Looks from now on, through these links by region. Calls `changed` when more than half of the regions have lost it, or
 * found it again, with the names of those that miss it.
 */
export function watchPrimary(
  links: Record<string, Address>,
  { intervalMs, timeoutMs, ...counts }: CheckRhythm,
  changed: (health: 'down' | 'up', missing: string[]) => void,
): PrimaryWatch {
  const missing = new Set<string>();
  const regions = Object.entries(links);
  let isDown = false;
  const looks = regions.map(([region, link]) => {
    const client = steadyClient(link, timeoutMs);
    const observe = healthOf(counts);
    const looking = again(intervalMs, async () => {
      const change = observe(
        await client.query('SELECT').then(
          () => true,
          () => false,
        ),
      );
      if (change === 'down') missing.add(region);
      else if (change === 'up') missing.delete(region);
      if (change === null || isDown === missing.size > regions.length / 2) return;
      isDown = !isDown;
      changed(isDown ? 'down' : 'up', [...missing]);
    });
    return { client, looking };
  });
  return {
    isDown: () => isDown,
    stop() {
      for (const { client, looking } of looks) {
        looking.stop();
        client.close();
      }
    },
  };
}
