/**
 * Detects the loss of the primary by a quorum of the regions: each region queries the database through its own link.
 * A single region that cannot reach the primary is partitioned, which is no reason for a promotion.
 */
import type { Address } from '../address.ts';
import { repeat, type CheckRhythm, healthTracker } from '../health-check.ts';
import { reconnectingClient } from './reconnecting-client.ts';

export interface PrimaryWatch {
  /** Whether a quorum currently cannot reach it. */
  isDown: () => boolean;
  stop: () => void;
}

/**
 * Starts probing through these links, by region. Calls `changed` when more than half of the regions have lost the
 * primary, or reach it again, with the names of the regions that cannot reach it.
 */
export function watchPrimary(
  links: Record<string, Address>,
  { intervalMs, timeoutMs, ...counts }: CheckRhythm,
  changed: (health: 'down' | 'up', missing: string[]) => void,
): PrimaryWatch {
  const missing = new Set<string>();
  const regions = Object.entries(links);
  let isDown = false;
  const probes = regions.map(([region, link]) => {
    const client = reconnectingClient(link, timeoutMs);
    const observe = healthTracker(counts);
    const probing = repeat(intervalMs, async () => {
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
    return { client, probing };
  });
  return {
    isDown: () => isDown,
    stop() {
      for (const { client, probing } of probes) {
        probing.stop();
        client.close();
      }
    },
  };
}
