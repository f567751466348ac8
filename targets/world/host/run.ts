/**
 * Runs a world as processes on this machine. Reads its settings as one line of JSON from stdin, starts all processes,
 * writes world.json, prints {"kind":"up","worldFile":…,"tookMs":…} to stdout and stays up until SIGINT, SIGTERM or the
 * end of stdin (its parent has exited). watcher.sh cleans up in every case.
 */
import { createInterface, type Interface } from 'node:readline';
import type { Worlds } from '../kit/world.ts';
import { Children } from './children.ts';
import { hostGround } from './ground.ts';
import { parseSettings } from './settings.ts';
import { postgresUser, worldDirectory } from './system-user.ts';

/** Runs the world that the settings name; exits when the world stops. */
export async function runOnHost(worlds: Worlds): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  const first = await new Promise<string>((resolve) => lines.once('line', resolve).once('close', () => resolve('')));
  try {
    if (!first) throw new Error('stdin is empty: expected one line of JSON with the settings');
    await run(first, lines, worlds);
  } catch (error) {
    console.error((error as Error).message);
    process.exit(1);
  }
}

async function run(line: string, lines: Interface, worlds: Worlds): Promise<void> {
  const startedAtMs = performance.now();
  const settings = parseSettings(line, worlds);
  const { world, options } = settings;
  const user = postgresUser();
  const children = new Children(await worldDirectory(user));

  let leaving: Promise<never> | null = null;
  const leave = (exitCode: number): Promise<never> => (leaving ??= children.down().then(() => process.exit(exitCode)));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void leave(0));
  lines.on('close', () => void leave(0));
  process.stdout.on('error', () => {}); // the parent has exited; the end of stdin handles that
  children.onLost = (message) => {
    console.error(`the world is broken: ${message}`);
    void leave(1);
  };

  try {
    const worldFile = await world.start(options, hostGround(world, settings, children, user));
    const tookMs = Math.round(performance.now() - startedAtMs);
    if (!leaving) process.stdout.write(`${JSON.stringify({ kind: 'up', worldFile, tookMs })}\n`);
  } catch (error) {
    // Errors while the world stops are expected.
    if (!leaving) console.error((error as Error).message);
    await leave(1);
  }
}
