import { readFile } from 'node:fs/promises';
import type { WorldFile } from '../src/formats/world-file.ts';
import { antipode, seen } from './antipode.ts';

export interface SharedWorld {
  /** Path of its world.json, for `--world`. */
  path: string;
  file: WorldFile;
  /** URL of its FIS endpoint; null without `--fis`. */
  fis: string | null;
  stop(): Promise<void>;
}

/** Starts a world with `npm run world` and keeps it up until it is stopped; `more` are flags of that command. */
export async function startSharedWorld(more: string[] = []): Promise<SharedWorld> {
  const world = antipode(['world', 'active-active', ...more], {}, WORLD_FOR_MS);
  const stop = async (): Promise<void> => {
    world.kill('SIGINT');
    await world;
  };
  try {
    let said = '';
    world.stdout.on('data', (chunk: Buffer) => (said += String(chunk)));
    await seen(world, /Ctrl-C stops it/);
    const path = /\((\S+world\.json)\)/.exec(said)![1]!;
    const fis = /AWS_ENDPOINT_URL_FIS=(\S+)/.exec(said)?.[1] ?? null;
    return { path, file: JSON.parse(await readFile(path, 'utf8')) as WorldFile, fis, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Longer than any test with a shared world. */
const WORLD_FOR_MS = 900_000;

/** Keeps a world up while `work` runs several commands on it. */
export async function inWorld(work: (path: string, file: WorldFile) => Promise<void>): Promise<void> {
  const world = await startSharedWorld();
  try {
    await work(world.path, world.file);
  } finally {
    await world.stop();
  }
}

/** Faults in its Toxiproxy: toxics and disabled proxies, each as `proxy: what`. */
export async function broken(file: WorldFile): Promise<string[]> {
  const response = await fetch(`${file.toxiproxy.url}/proxies`, { signal: AbortSignal.timeout(5_000) });
  const proxies = (await response.json()) as Record<string, { enabled: boolean; toxics: { name: string }[] }>;
  return Object.entries(proxies).flatMap(([name, { enabled, toxics }]) => [
    ...toxics.map((toxic) => `${name}: ${toxic.name}`),
    ...(enabled ? [] : [`${name}: disabled`]),
  ]);
}
