/**
 * One of these worlds as processes of this machine. Reads its settings as one line of JSON from stdin, starts
 * everything, writes world.json, says {"kind":"up","worldFile":…,"tookMs":…} on stdout and stays up until SIGINT,
 * SIGTERM or the end of stdin (whoever started it is gone). Whatever ends it, nothing is left: see watcher.sh.
 */
import { createInterface, type Interface } from 'node:readline';
import type { Worlds } from '../kit/world.ts';
import { Children } from './children.ts';
import { hostGround } from './ground.ts';
import { parseSettings } from './settings.ts';
import { postgresUser, worldDirectory } from './system-user.ts';

/** Runs the world that the settings name, and ends the process with it. */
export async function runOnHost(worlds: Worlds): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  const first = await new Promise<string>((resolve) => lines.once('line', resolve).once('close', () => resolve('')));
  try {
    if (!first) throw new Error('nothing on stdin: expected one line of JSON with the settings');
    await run(first, lines, worlds);
  } catch (error) {
    console.error((error as Error).message);
    process.exit(1);
  }
}

async function run(line: string, lines: Interface, worlds: Worlds): Promise<void> {
  const startedAtMs = performance.now();
  const settings = parseSettings(line, worlds);
  const { world, wishes } = settings;
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
    const worldFile = await world.start(wishes, hostGround(world, settings, children, user));
    const tookMs = Math.round(performance.now() - startedAtMs);
    if (!leaving) process.stdout.write(`${JSON.stringify({ kind: 'up', worldFile, tookMs })}\n`);
  } catch (error) {
    // What fails because we are going down already is no news.
    if (!leaving) console.error((error as Error).message);
    await leave(1);
  }
}
