/** The worlds of ours as they are before they are up: targets/world/worlds.json, which their own tests write. */
import { readFileSync } from 'node:fs';
import type { ProcessKind, WorldLinkKind } from '../formats/faults.ts';
import type { RegionRole } from '../formats/world-file.ts';

export interface WorldOutline {
  title: string;
  /** Commands to try: `{<region>}` is the address for its clients, `{world.json}` the path of its description. */
  examples: string[];
  /** The region that every region writes to; null where there is none. */
  primary: string | null;
  regions: { id: string; role: RegionRole }[];
  /** Every link that can be broken, by the name of its Toxiproxy proxy, and every process that can. */
  links: { proxy: string; kind: WorldLinkKind; region: string; to: string | null }[];
  processes: { name: string; kind: ProcessKind; region: string }[];
  /** Bugs that can be planted, by id. */
  defects: Record<string, { breaks: string; what: string }>;
}

/** By name. */
export const WORLDS = JSON.parse(
  readFileSync(new URL('../../targets/world/worlds.json', import.meta.url), 'utf8'),
) as Record<string, WorldOutline>;
