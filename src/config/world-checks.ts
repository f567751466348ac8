/** What a target that is a world may say of it: nothing else than the world says of itself (worlds.json). */
import { meantAdvice } from '../did-you-mean.ts';
import type { Report } from './issue.ts';
import type { ParsedTarget } from './target.ts';
import { WORLDS } from './worlds.ts';

/** Adds every region that its world does not have, and a primary that is not the world's. */
export function checkAgainstWorld({ world, regions, primary }: ParsedTarget, report: Report): void {
  if (world === undefined) return;
  const own = WORLDS[world]!;
  const ids = own.regions.map(({ id }) => id);
  for (const [i, { id }] of regions.entries()) {
    if (ids.includes(id)) continue;
    report(['regions', i, 'id'], `one of ${ids.join(', ')}`, {
      what: `the world ${world} has no such region`,
      got: `\`${id}\``,
      next: meantAdvice(id, ids),
    });
  }
  if (primary !== undefined && ids.includes(primary) && primary !== own.primary) {
    report(['primary'], own.primary ?? 'none', { what: `the world ${world} has another primary`, next: 'Correct it.' });
  }
}
