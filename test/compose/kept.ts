/** `.cache/compose/`: what the Compose test made once. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { placeWhole, toolCache } from '../../src/tools/cache.ts';
import { takeLock } from '../../src/tools/owner-lock.ts';

/** Whoever waits for another run to download, build and pack does so that long. */
const WAIT_FOR_OTHER_RUN_MS = 20 * 60_000;

/** Other checkouts with other recipes may share the cache, and run what is in it. */
const OUTDATED_AFTER_UNUSED_MS = 24 * 3_600_000;

const cache = (): string => join(dirname(toolCache(process.env)), 'compose');

const scratchFolder = (): string => join(cache(), 'scratch');

/**
 * One lock for all that is made or read there, so that no other run removes what this one reads. What a killed run was
 * working on is removed.
 */
export async function lockCache(say: (message: string) => void): Promise<AsyncDisposable> {
  const lock = await takeLock(join(cache(), 'locks', 'compose'), {
    waitAtMostMs: WAIT_FOR_OTHER_RUN_MS,
    onWait: (pid) => say(`another run (process ${pid}) is at work in ${cache()}; waiting`),
  });
  await rm(scratchFolder(), { recursive: true, force: true });
  return lock;
}

/** A fresh directory to work in, which its maker removes. The caller holds `lockCache`. */
export async function scratch(name: string): Promise<string> {
  await mkdir(scratchFolder(), { recursive: true });
  return await mkdtemp(join(scratchFolder(), `${name}-`));
}

/**
 * The folder `name-key` of the cache, made by `fill` if it is not there; folders of the same name and other keys that
 * nobody has asked for in a day go. The caller holds `lockCache`.
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
