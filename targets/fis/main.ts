/**
 * The process of the local FIS endpoint. Settings are flags (--world <world.json> --port 0 --scale 1) or one line of
 * JSON on stdin ({"world": path, "port", "scale", "timing", "quotas"}). Prints {"url", "scale", "world", "swept"} on
 * stdout when it is up; on SIGINT, SIGTERM, or with JSON at the end of stdin, it rolls everything back and exits.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { readWorld } from './inventory.ts';
import { type FisSettings, startFis } from './server.ts';

const KEYS = ['world', 'port', 'scale', 'timing', 'quotas'];

try {
  const lines = process.argv.length > 2 ? null : createInterface({ input: process.stdin });
  const { world: path, ...settings } = lines ? await fromStdin(lines) : fromFlags();
  const world = readWorld(path);
  const endpoint = await startFis({ ...settings, world });
  const leave = (): void => void endpoint.close().then(() => process.exit(0));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, leave);
  lines?.on('close', leave);
  process.stdout.on('error', () => {}); // the reader has ended
  const { url, swept } = endpoint;
  process.stdout.write(`${JSON.stringify({ url, scale: settings.scale ?? 1, world: world.world, swept })}\n`);
} catch (error) {
  console.error((error as Error).message);
  process.exit(2);
}

type Given = Omit<FisSettings, 'world'> & { world: string };

function fromFlags(): Given {
  const { values } = parseArgs({
    options: { world: { type: 'string' }, port: { type: 'string' }, scale: { type: 'string' } },
  });
  return checked({
    world: values.world,
    ...(values.port === undefined ? {} : { port: Number(values.port) }),
    ...(values.scale === undefined ? {} : { scale: Number(values.scale) }),
  });
}

async function fromStdin(lines: ReturnType<typeof createInterface>): Promise<Given> {
  const [line] = (await Promise.race([once(lines, 'line'), once(lines, 'close')])) as [string?];
  if (line === undefined) throw new Error('nothing on stdin: expected flags, or one line of JSON with the settings');
  return checked(JSON.parse(line) as Record<string, unknown>);
}

function checked(given: Record<string, unknown>): Given {
  const unknown = Object.keys(given).filter((key) => !KEYS.includes(key));
  if (unknown.length > 0) throw new Error(`unknown settings: ${unknown.join(', ')}; known: ${KEYS.join(', ')}`);
  if (typeof given['world'] !== 'string') throw new Error('world must be the path of a world.json');
  for (const key of ['port', 'scale'])
    if (given[key] !== undefined && !Number.isFinite(given[key])) throw new Error(`${key} must be a number`);
  return given as Given;
}
