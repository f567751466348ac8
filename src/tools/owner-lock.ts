/** A lock file that names its owner, so that the lock of a killed process is known for what it is. */
import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

interface Owner {
  pid: number;
  /** Kernel start time of that process where /proc tells it: a reused pid is another process. */
  started: string | null;
  host: string;
}

const POLL_MS = 100;

export interface LockOptions {
  /** After this long the wait is given up with an error that names the lock's owner. */
  waitAtMostMs: number;
  /** Called once, when the lock is found taken. */
  onWait?: (ownerPid: number) => void;
  signal?: AbortSignal | undefined;
}

/**
 * Takes the lock at `file`, waiting while a living process holds it, and releases it on dispose. The lock of a process
 * that is gone is broken; one taken on another host (a shared disk) never is, since nothing can be known of its owner.
 */
export async function takeLock(file: string, options: LockOptions): Promise<AsyncDisposable> {
  await mkdir(dirname(file), { recursive: true });
  const mine = `${file}.${process.pid}-${randomBytes(4).toString('hex')}`;
  const me: Owner = { pid: process.pid, started: await startTime(process.pid), host: hostname() };
  const content = JSON.stringify({ ...me, nonce: mine });
  const deadline = performance.now() + options.waitAtMostMs;
  let told = false;
  await writeFile(mine, content);
  try {
    // A hard link appears with its content or not at all, so a lock is never seen without its owner.
    while (!(await linked(mine, file))) {
      options.signal?.throwIfAborted();
      const found = await readFile(file, 'utf8').catch(() => null);
      if (found === null) continue;
      const owner = parse(found);
      if (owner === null || (await isGone(owner))) {
        await breakLock(file, found, mine);
        continue;
      }
      if (!told) options.onWait?.(owner.pid);
      told = true;
      if (performance.now() > deadline) {
        throw new Error(
          `process ${owner.pid} on ${owner.host} has held ${file} for longer than ${options.waitAtMostMs / 1000} s`,
        );
      }
      await delay(POLL_MS, undefined, { signal: options.signal });
    }
  } finally {
    await rm(mine, { force: true });
  }
  return {
    async [Symbol.asyncDispose]() {
      if ((await readFile(file, 'utf8').catch(() => null)) === content) await rm(file, { force: true });
    },
  };
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moves the dead lock away; if a new one has taken its place in between, that one is put back. */
async function breakLock(file: string, dead: string, mine: string): Promise<void> {
  const aside = `${mine}.broken`;
  try {
    await rename(file, aside);
  } catch {
    return;
  }
  if ((await readFile(aside, 'utf8').catch(() => dead)) !== dead) await linked(aside, file);
  await rm(aside, { force: true });
}

function parse(content: string): Owner | null {
  try {
    const owner = JSON.parse(content) as Owner;
    return Number.isInteger(owner.pid) && owner.pid > 0 ? owner : null;
  } catch {
    return null;
  }
}

async function isGone(owner: Owner): Promise<boolean> {
  if (owner.host !== hostname()) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return true;
  }
  return owner.started !== null && (await startTime(owner.pid)) !== owner.started;
}

/** Field 22 of /proc/<pid>/stat (clock ticks since boot; proc(5)), or null where there is no such file. */
async function startTime(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  // The second field is the command's name in brackets and may hold blanks; counting starts after it.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}
