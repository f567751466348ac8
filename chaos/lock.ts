/** One harness at a time injects faults into a target: a lock file per control address, with its owner. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awsRegionOf } from '../src/config/fis-target.ts';
import { usageError } from '../src/errors.ts';
import type { Controls } from './points.ts';

interface Holder {
  runId: string;
  pid: number;
  since: string;
}

const FOLDER = join(tmpdir(), 'antipode-locks');

/**
 * Takes the lock of every control of a target; resolves with a function that releases them. Usage error (exit 2) with
 * the id of the run that holds one. The lock of a dead process is taken over.
 */
export function lockControls(controls: Controls, runId: string): Promise<() => void> {
  mkdirSync(FOLDER, { recursive: true, mode: 0o777 });
  sweep();
  const mine: string[] = [];
  const release = (): void => {
    for (const file of mine.splice(0)) rmSync(file, { force: true });
    try {
      rmdirSync(FOLDER);
    } catch {
      // It holds locks of other runs.
    }
  };
  for (const control of namesOf(controls)) {
    const file = fileOf(control);
    const holder = take(file, { runId, pid: process.pid, since: new Date().toISOString() });
    if (holder) {
      release();
      return Promise.reject(
        usageError({
          what: 'another run is injecting faults into this target',
          where: control,
          got: `run ${holder.runId} since ${holder.since} (process ${holder.pid})`,
          expected: 'one experiment at a time',
          next: 'Wait for it to end; nothing was sent.',
        }),
      );
    }
    mine.push(file);
  }
  return Promise.resolve(release);
}

/** Runs that hold a lock of this target, by whether their process lives. */
export function holdersOf(controls: Controls): { living: Set<string>; gone: Set<string> } {
  const [living, gone] = [new Set<string>(), new Set<string>()];
  for (const holder of namesOf(controls).map((control) => read(fileOf(control))))
    if (holder) (isAlive(holder.pid) ? living : gone).add(holder.runId);
  return { living, gone };
}

/** Releases the locks that a dead run holds on this target, once its faults are undone. */
export function releaseFor(runId: string, controls: Controls): void {
  for (const file of namesOf(controls).map(fileOf)) if (read(file)?.runId === runId) rmSync(file, { force: true });
}

const fileOf = (control: string): string =>
  join(FOLDER, createHash('sha256').update(control).digest('hex').slice(0, 24));

/** The controls, one lock each. FIS has one per owner and region. */
const namesOf = ({ toxiproxies, fis }: Controls): string[] =>
  [
    ...toxiproxies,
    ...Object.keys(fis?.target.regions ?? {}).map(
      (id) =>
        `FIS of ${fis!.target.owner} in ${awsRegionOf(fis!.target, id)}${fis!.endpoint ? ` at ${fis!.endpoint}` : ''}`,
    ),
  ].toSorted();

/** Removes locks of dead processes. Addresses rarely repeat, so these locks would never be taken over. */
function sweep(): void {
  for (const name of readdirSync(FOLDER)) {
    const file = join(FOLDER, name);
    const holder = read(file);
    if (holder && !isAlive(holder.pid)) rmSync(file, { force: true });
  }
}

/** Null if the lock was taken, else its holder. */
function take(file: string, self: Holder): Holder | null {
  for (let attempt = 0; ; attempt += 1) {
    try {
      writeFileSync(file, JSON.stringify(self), { flag: 'wx' });
      return null;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = read(file);
    if (holder && (isAlive(holder.pid) || attempt > 3)) return holder;
    rmSync(file, { force: true });
  }
}

function read(file: string): Holder | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return !isZombie(pid);
}

/** In containers a dead harness can stay a zombie: no parent reaps it. */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the command in parentheses, may contain anything; the state follows it (proc(5)).
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return false; // no /proc, or it ended just now: the next check sees it
  }
}
