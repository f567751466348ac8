/**
 * Stand-ins for official images, since no image registry is reachable: the same programs at the same paths, with the
 * same users and configuration. They test how services are wired, not the official images, and contain nothing that
 * those do not.
 */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suites, type Suites } from './debian.ts';
import type { Engine } from './engine.ts';
import { packImage } from './image.ts';
import { k6 } from './images/k6.ts';
import { node } from './images/node.ts';
import { postgres } from './images/postgres.ts';
import { prometheus } from './images/prometheus.ts';
import type { Recipe } from './images/recipe.ts';
import { redis } from './images/redis.ts';
import { toxiproxy } from './images/toxiproxy.ts';
import { kept, lockCache, scratch } from './kept.ts';

/** Official name and tag, and the recipe of its stand-in. */
const RECIPES = {
  'postgres:18.6': postgres,
  'redis:8.0.6': redis,
  'ghcr.io/shopify/toxiproxy:2.12.0': toxiproxy,
  'grafana/k6:2.2.0': k6,
  'node:20-bookworm-slim': node,
  'prom/prometheus:v3.5.3': prometheus,
} satisfies Record<string, Recipe>;

export type OfficialImage = keyof typeof RECIPES;
export const OFFICIAL_IMAGES = Object.keys(RECIPES) as OfficialImage[];

export interface StandIn {
  /** Its name in the engine: the official one. */
  image: OfficialImage;
  /** Description: 'stand-in for postgres:18.6: …'. */
  standsFor: string;
  madeFrom: string;
  /** The version that it actually contains. */
  version: string;
}

const LOAD_TIMEOUT_MS = 5 * 60_000;

/** Builds images that are not in the cache, and loads all of them into the engine. Returns the versions in them. */
export async function loadStandIns(
  engine: Engine,
  images: readonly OfficialImage[],
  say: (message: string) => void,
): Promise<StandIn[]> {
  await using _lock = await lockCache(say);
  await using debian = suites();
  const code = await recipesCode();
  const loaded: StandIn[] = [];
  for (const image of images) {
    const recipe: Recipe = RECIPES[image];
    const key = [image, engine.architecture, code, ...((await recipe.inputs?.()) ?? [])];
    const folder = await kept(recipe.name, key, (stage) =>
      make({ image, recipe, architecture: engine.architecture, stage, debian, say }),
    );
    await engine.docker(['load', '--quiet', '--input', join(folder, 'image.tar')], { timeoutMs: LOAD_TIMEOUT_MS });
    const { version } = JSON.parse(await readFile(join(folder, 'made.json'), 'utf8')) as { version: string };
    loaded.push({
      image,
      standsFor: `stand-in for ${image}, with ${recipe.name} ${version}`,
      madeFrom: recipe.madeFrom,
      version,
    });
  }
  return loaded;
}

async function make(parts: {
  image: OfficialImage;
  recipe: Recipe;
  architecture: string;
  stage: string;
  debian: Suites;
  say: (message: string) => void;
}): Promise<void> {
  const { image, recipe, architecture, stage, debian, say } = parts;
  say(`${image}: building a stand-in from ${recipe.madeFrom} (under a minute, once)`);
  const root = await scratch('root');
  try {
    const { version, config } = await recipe.make(root, debian, say);
    await packImage({ root, archive: join(stage, 'image.tar'), image, config, architecture });
    await writeFile(join(stage, 'made.json'), JSON.stringify({ version }));
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** The source of all recipes: a changed recipe rebuilds its images. */
async function recipesCode(): Promise<string> {
  const files = [new URL('image.ts', import.meta.url), new URL('debian.ts', import.meta.url)];
  const folder = new URL('images/', import.meta.url);
  for (const name of (await readdir(folder)).toSorted()) files.push(new URL(name, folder));
  return (await Promise.all(files.map((file) => readFile(fileURLToPath(file), 'utf8')))).join('\n');
}
