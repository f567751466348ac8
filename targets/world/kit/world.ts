/** What a world is: a value, one folder each. worlds.ts lists them. */
import type { DefectNote } from './defects.ts';
import type { Ground } from './ground.ts';
import type { Topology } from './topology.ts';

/** Of the routing's health checks and TTL: Route 53's own, or one for runs of a minute. */
export const SPEEDS = ['fast', 'real'] as const;
export type Speed = (typeof SPEEDS)[number];

/** What can be asked of a world. */
export interface Wishes<DefectId extends string = string> {
  /** Its name. */
  world: string;
  defect: DefectId | null;
  speed: Speed;
}

export interface World<DefectId extends string = string> {
  title: string;
  /** Commands to try: `{<region>}` is the address for its clients, `{world.json}` the path of its description. */
  examples: readonly string[];
  topology: Topology;
  /** The bugs that can be planted in it, one at a time. */
  defects: Readonly<Record<DefectId, DefectNote>>;
  /** Source of the program that serves in every region. */
  api: URL;
  /** Statements that its first database is made with; the others are copies of it. */
  seed: readonly string[];
  /** Starts everything on that ground and returns the path of world.json. */
  start(wishes: Wishes<DefectId>, ground: Ground): Promise<string>;
}

export type Worlds = Readonly<Record<string, World>>;

/** A world that was chosen, and what is asked of it. */
export interface Choice {
  world: World;
  wishes: Wishes;
}

/** Holds what was asked against what there is; an error names the setting and lists what it may be. */
export function choose(
  worlds: Worlds,
  { world: name, defect, speed }: Record<keyof Wishes, unknown>,
  settings: Record<keyof Wishes, string> = { world: 'world', defect: 'defect', speed: 'speed' },
): Choice {
  const world = worlds[known(settings.world, name, Object.keys(worlds))]!;
  const wishes: Wishes = {
    world: name as string,
    defect: defect === null ? null : known(settings.defect, defect, Object.keys(world.defects)),
    speed: known(settings.speed, speed, SPEEDS),
  };
  return { world, wishes };
}

function known<T extends string>(setting: string, given: unknown, all: readonly T[]): T {
  const found = all.find((one) => one === given);
  if (found !== undefined) return found;
  throw new Error(`unknown ${setting} ${JSON.stringify(given)}; there is ${all.join(', ') || 'none'}`);
}
