/** A lock in the file system that names its owner, so that the lock of a dead process can be recognised. */
import { randomBytes } from 'node:crypto';
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

interface Owner {
  pid: number;
  /** Kernel start time of that process, from /proc if there is one: a reused pid is another process. */
  started: string | null;
  host: string;
}

const POLL_MS = 100;

export interface LockOptions {
  /** Timeout of the wait; the error names the lock's owner. */
  timeoutMs: number;
  /** Called once if another process holds the lock. */
  onWait?: (ownerPid: number) => void;
  signal?: AbortSignal | undefined;
}

/**
 * Takes the lock `path`, waits while a living process holds it, and releases it on dispose. The lock of a dead process
 * is free. A lock taken on another host (a shared disk) is not, because the state of its owner is unknown.
 *
 * The lock is a series of files `path.1`, `path.2`, ...; the highest names the holder. A process that finds it released
 * or dead creates the next number, which only one process can do. Dead locks are never moved or removed to make room:
 * two waiters doing so would remove each other's new lock. The highest file is never deleted, so numbers are not
 * reused: a process that was delayed between reading and creating finds its number below the highest, and retries.
 */
export async function takeLock(path: string, options: LockOptions): Promise<AsyncDisposable> {
  await mkdir(dirname(path), { recursive: true });
  const me: Owner = { pid: process.pid, started: await startTime(process.pid), host: hostname() };
  const mine = `${path}.new-${process.pid}-${randomBytes(4).toString('hex')}`;
  const deadline = performance.now() + options.timeoutMs;
  let hasReported = false;
  await writeFile(mine, JSON.stringify(me));
  try {
    for (;;) {
      options.signal?.throwIfAborted();
      const highest = (await numbers(path)).at(-1) ?? 0;
      const holder = highest === 0 ? 'free' : await holderOf(`${path}.${highest}`);
      if (holder === 'removed') continue;
      if (holder !== 'free') {
        if (!hasReported) options.onWait?.(holder.pid);
        hasReported = true;
        if (performance.now() > deadline) {
          const since = `for longer than ${options.timeoutMs / 1000} s`;
          throw new Error(`process ${holder.pid} on ${holder.host} has held ${path}.${highest} ${since}`);
        }
        await delay(POLL_MS, undefined, { signal: options.signal });
        continue;
      }
      const taken = `${path}.${highest + 1}`;
      if (!(await linked(mine, taken))) continue;
      const all = await numbers(path);
      if ((all.at(-1) ?? 0) > highest + 1) {
        await rm(taken, { force: true });
        continue;
      }
      for (const lower of all.slice(0, -1)) await rm(`${path}.${lower}`, { force: true });
      return { [Symbol.asyncDispose]: () => writeFile(taken, '') };
    }
  } finally {
    await rm(mine, { force: true });
  }
}

/** Numbers of the lock's files, ascending. */
async function numbers(path: string): Promise<number[]> {
  const prefix = `${basename(path)}.`;
  const names = (await readdir(dirname(path))).filter((name) => name.startsWith(prefix));
  const found = names.map((name) => name.slice(prefix.length)).filter((rest) => /^\d+$/.test(rest));
  return found.map(Number).sort((a, b) => a - b);
}

/** Creates `to` with the content of `from`, in one step: it is never seen without its owner. False if it exists. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** The living owner; `free` if it was released or its owner is dead; `removed` if a later holder has removed it. */
async function holderOf(file: string): Promise<Owner | 'free' | 'removed'> {
  const content = await readFile(file, 'utf8').catch(() => null);
  if (content === null) return 'removed';
  const owner = parse(content);
  return owner === null || (await isDead(owner)) ? 'free' : owner;
}

function parse(content: string): Owner | null {
  try {
    const owner = JSON.parse(content) as Owner;
    return Number.isInteger(owner.pid) && owner.pid > 0 ? owner : null;
  } catch {
    return null;
  }
}

async function isDead(owner: Owner): Promise<boolean> {
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
  // The second field is the command name in parentheses and may contain spaces, so count from after it.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}
