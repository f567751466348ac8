/** The reference worlds before they are started: targets/world/worlds.json, written by their tests. */
import { readFileSync } from 'node:fs';
import type { ProcessKind, WorldLinkKind } from '../formats/faults.ts';
import type { RegionRole } from '../formats/world-file.ts';

export interface WorldOutline {
  title: string;
  /** Example commands: `{<region>}` is the URL for its clients, `{world.json}` the path of the world's description. */
  examples: string[];
  /** The region that takes the writes of all regions; null for none. */
  primary: string | null;
  regions: { id: string; role: RegionRole }[];
  /** Every link and every process that faults can break; links by the name of their Toxiproxy proxy. */
  links: { proxy: string; kind: WorldLinkKind; region: string; to: string | null }[];
  processes: { name: string; kind: ProcessKind; region: string }[];
  /** Defects that can be planted, by id. */
  defects: Record<string, { breaks: string; what: string }>;
}

/** By name. */
export const WORLDS = JSON.parse(
  readFileSync(new URL('../../targets/world/worlds.json', import.meta.url), 'utf8'),
) as Record<string, WorldOutline>;
