/** The definition of a world: a value, in a folder of its own. worlds.ts lists them. */
import type { DefectNote } from './defects.ts';
import type { Ground } from './ground.ts';
import type { Topology } from './topology.ts';

/** Speed of the health checks and TTL: `real` as in Route 53, or `fast` for runs of a minute. */
export const SPEEDS = ['fast', 'real'] as const;
export type Speed = (typeof SPEEDS)[number];

/** Options that a world is started with. */
export interface WorldOptions<DefectId extends string = string> {
  /** Name of the world. */
  world: string;
  defect: DefectId | null;
  speed: Speed;
}

export interface World<DefectId extends string = string> {
  title: string;
  /** Commands to try: `{<region>}` becomes the region's URL for clients, `{world.json}` the path of world.json. */
  examples: readonly string[];
  topology: Topology;
  /** The planted defects, at most one at a time. */
  defects: Readonly<Record<DefectId, DefectNote>>;
  /** Source of the API program, which runs in every region. */
  api: URL;
  /** SQL statements that create the first database; the others are copies of it. */
  seed: readonly string[];
  /** Starts all processes on this ground and returns the path of world.json. */
  start(options: WorldOptions<DefectId>, ground: Ground): Promise<string>;
}

export type Worlds = Readonly<Record<string, World>>;

/** The selected world and its options. */
export interface SelectedWorld {
  world: World;
  options: WorldOptions;
}

/** Selects a world and checks its options; an error names the setting and lists its valid values. */
export function selectWorld(
  worlds: Worlds,
  { world: name, defect, speed }: Record<keyof WorldOptions, unknown>,
  settings: Record<keyof WorldOptions, string> = { world: 'world', defect: 'defect', speed: 'speed' },
): SelectedWorld {
  const world = worlds[known(settings.world, name, Object.keys(worlds))]!;
  const options: WorldOptions = {
    world: name as string,
    defect: defect === null ? null : known(settings.defect, defect, Object.keys(world.defects)),
    speed: known(settings.speed, speed, SPEEDS),
  };
  return { world, options };
}

function known<T extends string>(setting: string, given: unknown, all: readonly T[]): T {
  const found = all.find((one) => one === given);
  if (found !== undefined) return found;
  throw new Error(`unknown ${setting} ${JSON.stringify(given)}; expected ${all.join(', ') || 'none'}`);
}
