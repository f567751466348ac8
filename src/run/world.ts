/** Starts a reference world (targets/world, a program of its own) or takes over one that somebody else keeps up. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { WORLDS } from '../config/worlds.ts';
import { AntipodeError, brokenError, EXIT, usageError } from '../errors.ts';
import { meantAdvice } from '../did-you-mean.ts';
import type { RoutingSpeed, WorldFile } from '../formats/world-file.ts';
import { readWorldFile } from './world-file.ts';

export interface WorldOptions {
  world: string;
  defect: string | null;
  /** Of its routing's health checks and TTL; `fast` if left out. */
  speed?: RoutingSpeed;
  /** As `resolveTools` gives them: paths of the servers, and for `postgres` the directory of its programs. */
  tools: Record<'postgres' | 'toxiproxy-server' | 'redis-server', string>;
  /** Ends the start when it aborts. A world that is up stays up: whoever started it stops things in order. */
  signal?: AbortSignal;
}

export interface RunningWorld extends AsyncDisposable {
  file: WorldFile;
  worldFilePath: string;
  tookMs: number;
  /** Resolves when the world ends without having been told to, with the reason; never rejects. */
  lost: Promise<string>;
  /** Takes the world down; resolves when no process and no directory of it is left. Safe to call again. */
  stop(): Promise<void>;
}

/** A world that is up, and where it says so. */
export interface AttachedWorld {
  file: WorldFile;
  path: string;
}

/** A usage error (exit 2) that names the known ones if there is no such world, or no such defect in it. */
export function checkWorld(world: string, defect: string | null): void {
  if (!Object.hasOwn(WORLDS, world)) {
    throw usageError({
      what: 'there is no such world',
      got: `"${world}"`,
      expected: Object.keys(WORLDS).join(', '),
      next: meantAdvice(world, Object.keys(WORLDS)),
    });
  }
  const defects = WORLDS[world]!.defects;
  if (defect === null || Object.hasOwn(defects, defect)) return;
  throw usageError({
    where: '--defect',
    what: `the world ${world} has no such defect`,
    got: `"${defect}"`,
    expected: Object.keys(defects).join(', '),
    next: meantAdvice(defect, Object.keys(defects)),
  });
}

/** Longer than the world's own patience, so that its own words about a failed start are heard. */
const START_DEADLINE_MS = 40_000;
/** After this the main process is killed; its watcher then does the rest. */
const STOP_DEADLINE_MS = 5_000;

/**
 * Starts a world and resolves when it serves. A start that fails is a broken-harness error (exit 4) that names what
 * failed, with the last words of the program; nothing of it is left then. If `signal` aborts during the start, an
 * error with exit 130.
 */
export async function startWorld({
  world,
  defect,
  speed = 'fast',
  tools,
  signal,
}: WorldOptions): Promise<RunningWorld> {
  checkWorld(world, defect);
  const child = spawn(
    process.execPath,
    [
      '--import',
      import.meta.resolve('tsx'),
      fileURLToPath(new URL('../../targets/world/host/main.ts', import.meta.url)),
    ],
    // A group of its own: a Ctrl-C at the terminal reaches the harness alone, which stops everything in order.
    { detached: true, stdio: ['pipe', 'pipe', 'pipe'] },
  );
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-8_000)));
  child.stdin.on('error', () => {}); // it has ended; `ended` says so
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, by) => resolve(`exit ${code ?? by}${words ? `:\n${words.trimEnd()}` : ''}`));
  });

  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => (stopping ??= takeDown(child, ended));
  const abort = (): void => void stop();
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();

  const settings = {
    world,
    defect,
    speed,
    tools: {
      postgresBinDir: tools.postgres,
      toxiproxyServer: tools['toxiproxy-server'],
      redisServer: tools['redis-server'],
    },
  };
  child.stdin.write(`${JSON.stringify(settings)}\n`);
  try {
    const { worldFile, tookMs } = await upLine(child, ended);
    const file = await readWorldFile(worldFile);
    signal?.throwIfAborted();
    const lost = ended.then((how) => (stopping ? new Promise<string>(() => {}) : how));
    return { file, worldFilePath: worldFile, tookMs, lost, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    if (signal?.aborted)
      throw new AntipodeError(EXIT.interrupted, { what: 'Interrupted while the world was starting' });
    throw brokenError({
      what: `The world ${world} did not come up: ${(error as Error).message}`,
      next: 'Run npm run doctor to see whether every tool works.',
      cause: error,
    });
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/** The world described in this file, if it answers. A usage error (exit 2) if the file is none or nobody answers. */
export async function attachWorld(path: string): Promise<WorldFile> {
  const file = await readWorldFile(path);
  const apis = file.processes.flatMap(({ kind, probe }) => (kind === 'api' && 'url' in probe ? [probe.url] : []));
  const asked = [...apis, `${file.edge.url}/health`];
  const silent = await Promise.all(
    asked.map((url) =>
      fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
        (response) => (response.ok ? null : `${url} answers ${response.status}`),
        () => `${url} does not answer`,
      ),
    ),
  );
  const first = silent.find((failure) => failure !== null);
  if (first === undefined) return file;
  throw usageError({
    what: 'the world of this file is not up',
    where: path,
    got: first,
    next: `Start one with npm run world -- ${file.world}, or leave --world away to have one started.`,
  });
}

/** The line that says it is up; an error with the program's words if it ends before, or takes too long. */
async function upLine(child: ChildProcess, ended: Promise<string>): Promise<{ worldFile: string; tookMs: number }> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      new Promise<{ worldFile: string; tookMs: number }>((resolve, reject) => {
        createInterface({ input: child.stdout! }).on('line', (line) => {
          try {
            const message = JSON.parse(line) as { kind: string; worldFile: string; tookMs: number };
            if (message.kind === 'up') resolve(message);
          } catch {
            reject(new Error(`its program said ${JSON.stringify(line)}`));
          }
        });
      }),
      ended.then((how) => {
        throw new Error(how);
      }),
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`not up after ${START_DEADLINE_MS / 1000} s`)), START_DEADLINE_MS);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}

/** The end of its stdin is the world's sign to go. */
async function takeDown(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.stdin!.end();
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
  await ended;
  clearTimeout(timer);
}
