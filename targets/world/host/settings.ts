/** What the program is told: one line of JSON on its stdin. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { type Choice, choose, type Worlds } from '../kit/world.ts';

export interface Settings extends Choice {
  tools: { postgresBinDir: string; toxiproxyServer: string; redisServer: string };
  /** Where to write world.json; null = in the world's own directory. Removed when the world goes down. */
  worldFile: string | null;
}

/** The settings, for one of these worlds; an error says which of them is wrong and what would be right. */
export function parseSettings(line: string, worlds: Worlds): Settings {
  const given = JSON.parse(line) as Record<string, unknown>;
  const { world, defect = null, speed = 'fast', tools, worldFile = null, ...unknown } = given;
  if (Object.keys(unknown).length > 0) throw new Error(`unknown settings: ${Object.keys(unknown).join(', ')}`);
  const choice = choose(worlds, { world, defect, speed });
  const { postgresBinDir, toxiproxyServer, redisServer } = (tools ?? {}) as Record<string, unknown>;
  if (worldFile !== null && typeof worldFile !== 'string') throw new Error('worldFile must be a path');
  return {
    ...choice,
    tools: {
      postgresBinDir: withProgram('postgresBinDir', postgresBinDir, 'postgres'),
      toxiproxyServer: withProgram('toxiproxyServer', toxiproxyServer),
      redisServer: withProgram('redisServer', redisServer),
    },
    worldFile,
  };
}

/** The path, if there is a program there that can be run. */
function withProgram(setting: string, path: unknown, inside?: string): string {
  if (typeof path !== 'string') throw new Error(`tools.${setting} must be a path, got ${JSON.stringify(path)}`);
  const program = inside ? join(path, inside) : path;
  try {
    accessSync(program, constants.X_OK);
  } catch (error) {
    throw new Error(`tools.${setting}: ${program} cannot be run (${(error as NodeJS.ErrnoException).code})`, {
      cause: error,
    });
  }
  return path;
}
