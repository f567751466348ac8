/** Finds and removes what a killed engine leaves on the machine. */
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from '../../src/tools/command.ts';
import { type KnownProcess, processesNaming, stillRunning } from '../process-tree.ts';

const CGROUPS = '/sys/fs/cgroup';
const GONE_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 50;

/** Programs of an engine, by the directory in their command line. */
const OURS = /^(?:\S*\/)?(?:setpriv|unshare|sh|docker-init|dockerd|containerd|containerd-shim-runc-v2) /;

/** Everything left of the engine in this directory, as text. */
export async function leftoversOf(directory: string): Promise<string[]> {
  return [
    ...processesOf(directory).map(({ pid, command }) => `process ${pid} ${command.split(' ', 1)[0]}`),
    ...(await mountsOf(directory)).map((path) => `mount ${path}`),
    ...(await bridgesOf(directory)).map((name) => `network interface ${name}`),
    ...(await cgroupsOf(directory)).map((path) => `control group ${path}`),
    ...(existsSync(directory) ? [`directory ${directory}`] : []),
  ];
}

/**
 * Removes all of that: first the processes (killing the first process of the engine's PID namespace kills every
 * container), then their mounts, networks and files. Throws with what could not be removed.
 */
export async function sweep(directory: string): Promise<void> {
  const processes = processesOf(directory);
  for (const { pid } of processes) kill(pid);
  await until(() => stillRunning(processes).length === 0);
  for (const path of (await mountsOf(directory)).toReversed()) {
    await run('umount', ['--lazy', path], { timeoutMs: GONE_WITHIN_MS });
  }
  // The names are in the engine's database: read it before it is removed.
  for (const name of await bridgesOf(directory)) {
    await run('ip', ['link', 'delete', name], { timeoutMs: GONE_WITHIN_MS });
  }
  // A group is busy until the last process in it has been reaped.
  await until(async () => {
    for (const path of await cgroupsOf(directory)) await removeGroup(path);
    return (await cgroupsOf(directory)).length === 0;
  });
  await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  const left = await leftoversOf(directory);
  if (left.length > 0)
    throw new Error(`could not remove everything of the Docker engine in ${directory}; left: ${left.join('; ')}`);
}

const processesOf = (directory: string): KnownProcess[] =>
  processesNaming(directory).filter(({ command }) => OURS.test(command));

/** In the order they were mounted. */
async function mountsOf(directory: string): Promise<string[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  const paths = lines.map((line) => line.split(' ')[4] ?? '');
  return paths.filter((path) => path === directory || path.startsWith(`${directory}/`));
}

/** Existing bridges of its networks, from its database. They are on the machine, not in a namespace. */
async function bridgesOf(directory: string): Promise<string[]> {
  const database = await readFile(join(directory, 'data/network/files/local-kv.db'), 'latin1').catch(() => '');
  const names = new Set(database.match(/\bbr-[0-9a-f]{12}\b/g));
  return [...names].filter((name) => existsSync(`/sys/class/net/${name}`));
}

/** One per controller under cgroup v1, one under v2. */
async function cgroupsOf(directory: string): Promise<string[]> {
  const parents = [CGROUPS, ...(await readdir(CGROUPS).catch(() => [])).map((name) => join(CGROUPS, name))];
  return parents.map((parent) => join(parent, basename(directory))).filter((path) => existsSync(path));
}

async function removeGroup(path: string): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
    if (entry.isDirectory()) await removeGroup(join(path, entry.name));
  }
  await rmdir(path).catch(() => {});
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Waits at most GONE_WITHIN_MS; the caller reports what is left. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadlineMs = Date.now() + GONE_WITHIN_MS; !(await isSo()) && Date.now() < deadlineMs;) {
    await delay(LOOK_EVERY_MS);
  }
}
