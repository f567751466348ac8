import { readFile } from 'node:fs/promises';
import type { WorldFile } from '../src/formats/world-file.ts';
import { antipode, seen } from './antipode.ts';

/** Keeps a world up while `work` runs, as `npm run world` does: the target of several commands, one after the other. */
export async function inWorld(work: (path: string, file: WorldFile) => Promise<void>): Promise<void> {
  const world = antipode(['world', 'active-active']);
  try {
    let said = '';
    world.stdout.on('data', (chunk: Buffer) => (said += String(chunk)));
    await seen(world, /Ctrl-C stops it/);
    const path = /\((\S+world\.json)\)/.exec(said)![1]!;
    await work(path, JSON.parse(await readFile(path, 'utf8')) as WorldFile);
  } finally {
    world.kill('SIGINT');
    await world;
  }
}

/** What is broken in its Toxiproxy: toxics and disabled proxies, each as `proxy: what`. */
export async function broken(file: WorldFile): Promise<string[]> {
  const response = await fetch(`${file.toxiproxy.url}/proxies`, { signal: AbortSignal.timeout(5_000) });
  const proxies = (await response.json()) as Record<string, { enabled: boolean; toxics: { name: string }[] }>;
  return Object.entries(proxies).flatMap(([name, { enabled, toxics }]) => [
    ...toxics.map((toxic) => `${name}: ${toxic.name}`),
    ...(enabled ? [] : [`${name}: disabled`]),
  ]);
}
