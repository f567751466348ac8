/** `.cache/compose/`: files that the Compose tests build once. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { placeWhole, toolCache } from '../../src/tools/cache.ts';
import { takeLock } from '../../src/tools/owner-lock.ts';

/** Timeout of a wait for another run that downloads, builds and packs. */
const WAIT_FOR_OTHER_RUN_MS = 20 * 60_000;

/** Other checkouts with other recipes may use the same cache. */
const OUTDATED_AFTER_UNUSED_MS = 24 * 3_600_000;

const cache = (): string => join(dirname(toolCache(process.env)), 'compose');

const scratchFolder = (): string => join(cache(), 'scratch');

/**
 * One lock for all reads and writes there, so that no run removes what another one reads. Removes what a killed run
 * left.
 */
export async function lockCache(say: (message: string) => void): Promise<AsyncDisposable> {
  const lock = await takeLock(join(cache(), 'locks', 'compose'), {
    timeoutMs: WAIT_FOR_OTHER_RUN_MS,
    onWait: (pid) => say(`another run (process ${pid}) is using ${cache()}; waiting`),
  });
  await rm(scratchFolder(), { recursive: true, force: true });
  return lock;
}

/** A new working directory, removed by the caller, who holds `lockCache`. */
export async function scratch(name: string): Promise<string> {
  await mkdir(scratchFolder(), { recursive: true });
  return await mkdtemp(join(scratchFolder(), `${name}-`));
}

/**
 * The folder `name-key` of the cache, created by `fill` if it does not exist. Removes folders of the same name with
 * other keys that were not used for a day. The caller holds `lockCache`.
 */
export async function kept(name: string, key: string[], fill: (stage: string) => Promise<void>): Promise<string> {
  const folder = join(cache(), `${name}-${digest(key)}`);
  if (!existsSync(folder)) await placeWhole(folder, fill, async () => {});
  await utimes(folder, new Date(), new Date());
  for (const other of await readdir(cache())) {
    if (!other.startsWith(`${name}-`) || !/^[0-9a-f]{12}$/.test(other.slice(name.length + 1))) continue;
    const unusedMs = Date.now() - (await stat(join(cache(), other))).mtimeMs;
    if (unusedMs > OUTDATED_AFTER_UNUSED_MS) await rm(join(cache(), other), { recursive: true, force: true });
  }
  return folder;
}

const digest = (parts: string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
