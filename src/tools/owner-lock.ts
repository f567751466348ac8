/** A lock in the file system that names its owner, so that the lock of a killed process is known for what it is. */
import { randomBytes } from 'node:crypto';
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname } from 'node:path';
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
 * Takes the lock `path`, waiting while a living process holds it, and releases it on dispose. The lock of a process
 * that is gone is free; one taken on another host (a shared disk) is not, since nothing can be known of its owner.
 *
 * The lock is a row of files `path.1`, `path.2`, ...; the highest says who holds it. Whoever finds that one free or
 * dead creates the next, which only one can. Nothing dead is ever moved or removed to make room (two waiters that do
 * so at once remove each other's fresh lock), and the highest file is never deleted, so numbers are not used twice: one
 * who was held up between looking and creating ends below the highest, sees it, and goes back.
 */
export async function takeLock(path: string, options: LockOptions): Promise<AsyncDisposable> {
  await mkdir(dirname(path), { recursive: true });
  const me: Owner = { pid: process.pid, started: await startTime(process.pid), host: hostname() };
  const mine = `${path}.new-${process.pid}-${randomBytes(4).toString('hex')}`;
  const deadline = performance.now() + options.waitAtMostMs;
  let told = false;
  await writeFile(mine, JSON.stringify(me));
  try {
    for (;;) {
      options.signal?.throwIfAborted();
      const highest = (await numbers(path)).at(-1) ?? 0;
      const holder = highest === 0 ? 'nobody' : await holderOf(`${path}.${highest}`);
      if (holder === 'gone') continue;
      if (holder !== 'nobody') {
        if (!told) options.onWait?.(holder.pid);
        told = true;
        if (performance.now() > deadline) {
          const since = `for longer than ${options.waitAtMostMs / 1000} s`;
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

/** The living owner; `nobody` if it was released or its owner is dead; `gone` if a later holder has removed it. */
async function holderOf(file: string): Promise<Owner | 'nobody' | 'gone'> {
  const content = await readFile(file, 'utf8').catch(() => null);
  if (content === null) return 'gone';
  const owner = parse(content);
  return owner === null || (await isDead(owner)) ? 'nobody' : owner;
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
  // The second field is the command's name in brackets and may hold blanks; counting starts after it.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}
