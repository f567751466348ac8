/** The settings of the main process: one line of JSON on its stdin. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { type SelectedWorld, selectWorld, type Worlds } from '../kit/world.ts';

export interface Settings extends SelectedWorld {
  tools: { postgresBinDir: string; toxiproxyServer: string; redisServer: string };
  /** Where to write world.json; null = in the world's own directory. Removed when the world stops. */
  worldFile: string | null;
}

/** Parses the settings, for one of these worlds; an error names the wrong setting and what is expected. */
export function parseSettings(line: string, worlds: Worlds): Settings {
  const given = JSON.parse(line) as Record<string, unknown>;
  const { world, defect = null, speed = 'fast', tools, worldFile = null, ...unknown } = given;
  if (Object.keys(unknown).length > 0) {
    const expected = 'world, defect, speed, tools, worldFile';
    throw new Error(`unknown settings: ${Object.keys(unknown).join(', ')}; expected ${expected}`);
  }
  const choice = selectWorld(worlds, { world, defect, speed });
  const { postgresBinDir, toxiproxyServer, redisServer } = (tools ?? {}) as Record<string, unknown>;
  if (worldFile !== null && typeof worldFile !== 'string') {
    throw new Error(`worldFile: got ${JSON.stringify(worldFile)}, expected a path`);
  }
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

/** Returns the path; an error if it has no executable program. */
function withProgram(setting: string, path: unknown, inside?: string): string {
  if (typeof path !== 'string') throw new Error(`tools.${setting}: got ${JSON.stringify(path)}, expected a path`);
  const program = inside ? join(path, inside) : path;
  try {
    accessSync(program, constants.X_OK);
  } catch (error) {
    throw new Error(`tools.${setting}: ${program} is not executable (${(error as NodeJS.ErrnoException).code})`, {
      cause: error,
    });
  }
  return path;
}
