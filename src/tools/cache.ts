/** `.cache/tools/`: tools that were built, downloaded or unpacked. A folder in it is complete or absent. */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root; its `.cache` is the default cache. */
export const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));

/** Absolute path of the tool cache: below ANTIPODE_CACHE if that is set, else below `.cache`. */
export function toolCache(env: NodeJS.ProcessEnv): string {
  return join(resolve(env['ANTIPODE_CACHE'] || join(REPOSITORY, '.cache')), 'tools');
}

/**
 * Fills a new folder beside `folder` with `fill`, checks it with `check`, and only then renames it to `folder`. Stages
 * of killed attempts are removed first; the caller holds the folder's lock, so no other attempt is running.
 */
export async function placeWhole(
  folder: string,
  fill: (stage: string) => Promise<void>,
  check: (stage: string) => Promise<void>,
): Promise<void> {
  const [cache, name] = [resolve(folder, '..'), folder.slice(resolve(folder, '..').length + 1)];
  await mkdir(cache, { recursive: true });
  for (const left of await readdir(cache)) {
    if (left.startsWith(`${name}.stage-`)) await rm(join(cache, left), { recursive: true, force: true });
  }
  const stage = `${folder}.stage-${randomBytes(4).toString('hex')}`;
  await mkdir(stage);
  try {
    await fill(stage);
    await check(stage);
    await rm(folder, { recursive: true, force: true });
    await rename(stage, folder);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}
