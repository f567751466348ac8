/** A target with `world:` must match the regions and the primary of that world (worlds.json). */
import { meantAdvice } from '../did-you-mean.ts';
import type { Report } from './issue.ts';
import type { ParsedTarget } from './target.ts';
import { WORLDS } from './worlds.ts';

/** Reports regions that the world does not have, and a primary other than the world's. */
export function checkAgainstWorld({ world, regions, primary }: ParsedTarget, report: Report): void {
  if (world === undefined) return;
  const own = WORLDS[world]!;
  const ids = own.regions.map(({ id }) => id);
  for (const [i, { id }] of regions.entries()) {
    if (ids.includes(id)) continue;
    report(['regions', i, 'id'], `one of ${ids.join(', ')}`, {
      what: `unknown region of world ${world}`,
      got: `\`${id}\``,
      next: meantAdvice(id, ids),
    });
  }
  if (primary !== undefined && ids.includes(primary) && primary !== own.primary) {
    report(['primary'], own.primary ?? 'none', { what: `\`primary\` must be the primary of world ${world}` });
  }
}
