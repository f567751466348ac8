/**
 * The program of a reference world. Reads its settings as one line of JSON from stdin, starts everything, writes
 * world.json, says {"kind":"up","worldFile":…,"tookMs":…} on stdout and stays up until SIGINT, SIGTERM or the end of
 * stdin (whoever started it is gone). Whatever ends it, nothing is left: see watcher.sh.
 */
import { createInterface } from 'node:readline';
import { activeActive } from '../active-active/assembly.ts';
import { Children } from './children.ts';
import { hostGround } from './ground.ts';
import { parseSettings } from './settings.ts';
import { postgresUser, worldDirectory } from './system-user.ts';

const lines = createInterface({ input: process.stdin });
const first = await new Promise<string>((resolve) => lines.once('line', resolve).once('close', () => resolve('')));
if (!first) fail('nothing on stdin: expected one line of JSON with the settings');

const startedAtMs = performance.now();
try {
  const settings = parseSettings(first);
  const user = postgresUser();
  const children = new Children(await worldDirectory(user));

  let leaving: Promise<never> | null = null;
  const leave = (exitCode: number): Promise<never> => (leaving ??= children.down().then(() => process.exit(exitCode)));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void leave(0));
  lines.on('close', () => void leave(0));
  process.stdout.on('error', () => {}); // nobody reads any more; the end of stdin says the same
  children.onLost = (message) => {
    console.error(`the world is broken: ${message}`);
    void leave(1);
  };

  try {
    const worldFile = await activeActive(settings, hostGround(settings, children, user));
    if (!leaving) process.stdout.write(`${JSON.stringify({ kind: 'up', worldFile, tookMs: tookMs() })}\n`);
  } catch (error) {
    // What fails because we are going down already is no news.
    if (!leaving) console.error((error as Error).message);
    await leave(1);
  }
} catch (error) {
  fail((error as Error).message);
}

function tookMs(): number {
  return Math.round(performance.now() - startedAtMs);
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
