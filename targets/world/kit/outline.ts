/** worlds.json: what the harness needs to know about a world before it is up. The shape is src/config/worlds.ts. */
import { serversOf } from './topology.ts';
import type { World, Worlds } from './world.ts';

const outlineOf = ({ title, examples, topology, defects }: World): object => ({
  title,
  examples,
  primary: topology.primary,
  regions: topology.regions.map(({ id, role }) => ({ id, role })),
  links: topology.links.map(({ proxy, kind, region, to }) => ({ proxy, kind, region, to })),
  processes: serversOf(topology),
  defects,
});

/** The text of worlds.json. */
export function outlinesOf(worlds: Worlds): string {
  const outlines = Object.entries(worlds).map(([name, world]) => [name, outlineOf(world)]);
  return `${JSON.stringify(Object.fromEntries(outlines), null, 2)}\n`;
}
