/** Starts a reference world (targets/world, a program of its own) or attaches to a running one. */
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
  /** Speed of its routing's health checks and TTL; `fast` by default. */
  speed?: RoutingSpeed;
  /** From `resolveTools`: paths of the servers, and for `postgres` the directory of its programs. */
  tools: Record<'postgres' | 'toxiproxy-server' | 'redis-server', string>;
  /** Aborts the start. A running world stays up until `stop()`. */
  signal?: AbortSignal;
}

export interface RunningWorld extends AsyncDisposable {
  file: WorldFile;
  worldFilePath: string;
  tookMs: number;
  /** Resolves with the reason when the world exits without having been stopped; never rejects. */
  lost: Promise<string>;
  /** Stops the world; resolves when no process and no directory of it is left. Safe to call again. */
  stop(): Promise<void>;
}

/** A running world and the path of its world.json. */
export interface AttachedWorld {
  file: WorldFile;
  path: string;
}

/** Usage error (exit 2) with the known names if there is no such world, or no such defect in it. */
export function checkWorld(world: string, defect: string | null): void {
  if (!Object.hasOwn(WORLDS, world)) {
    throw usageError({
      what: 'unknown world',
      got: `"${world}"`,
      expected: Object.keys(WORLDS).join(', '),
      next: meantAdvice(world, Object.keys(WORLDS)),
    });
  }
  const defects = WORLDS[world]!.defects;
  if (defect === null || Object.hasOwn(defects, defect)) return;
  throw usageError({
    where: '--defect',
    what: `unknown defect of the world ${world}`,
    got: `"${defect}"`,
    expected: Object.keys(defects).join(', '),
    next: meantAdvice(defect, Object.keys(defects)),
  });
}

/** Longer than the world's own deadlines, so that its own error on a failed start is shown. */
const START_DEADLINE_MS = 40_000;
/** After this the main process is killed; its watcher then cleans up. */
const STOP_DEADLINE_MS = 5_000;

/**
 * Starts a world and resolves when it serves. A failed start is a broken-harness error (exit 4) with the last output of
 * the program; nothing of it is left then. If `signal` aborts during the start, the error has exit 130.
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
    // Its own process group: Ctrl-C at the terminal reaches only the harness, which stops things in order.
    { detached: true, stdio: ['pipe', 'pipe', 'pipe'] },
  );
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-8_000)));
  child.stdin.on('error', () => {}); // it has exited; `ended` resolves
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, by) => resolve(`exit ${code ?? by}${output ? `:\n${output.trimEnd()}` : ''}`));
  });

  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => (stopping ??= shutDown(child, ended));
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
    const { worldFile, tookMs } = await readyLine(child, ended);
    const file = await readWorldFile(worldFile);
    signal?.throwIfAborted();
    const lost = ended.then((how) => (stopping ? new Promise<string>(() => {}) : how));
    return { file, worldFilePath: worldFile, tookMs, lost, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    if (signal?.aborted)
      throw new AntipodeError(EXIT.interrupted, { what: 'Interrupted while the world was starting' });
    throw brokenError({
      what: `The world ${world} did not start: ${(error as Error).message}`,
      next: 'Run `npm run doctor` to check the tools.',
      cause: error,
    });
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/** The world that this file describes. Usage error (exit 2) if the file is invalid or the world does not respond. */
export async function attachWorld(path: string): Promise<WorldFile> {
  const file = await readWorldFile(path);
  const apis = file.processes.flatMap(({ kind, probe }) => (kind === 'api' && 'url' in probe ? [probe.url] : []));
  const urls = [...apis, `${file.edge.url}/health`];
  const failures = await Promise.all(
    urls.map((url) =>
      fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
        (response) => (response.ok ? null : `${url} returns status ${response.status}`),
        () => `${url} does not respond`,
      ),
    ),
  );
  const first = failures.find((failure) => failure !== null);
  if (first === undefined) return file;
  throw usageError({
    what: 'the world of this file is not running',
    where: path,
    got: first,
    next: `Start it with \`npm run world -- ${file.world}\`, or omit --world: Antipode then starts one for the run.`,
  });
}

/** The line that reports the world as up; an error with the program's output if it exits before, or takes too long. */
async function readyLine(child: ChildProcess, ended: Promise<string>): Promise<{ worldFile: string; tookMs: number }> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      new Promise<{ worldFile: string; tookMs: number }>((resolve, reject) => {
        createInterface({ input: child.stdout! }).on('line', (line) => {
          try {
            const message = JSON.parse(line) as { kind: string; worldFile: string; tookMs: number };
            if (message.kind === 'up') resolve(message);
          } catch {
            reject(new Error(`unexpected output ${JSON.stringify(line)}`));
          }
        });
      }),
      ended.then((how) => {
        throw new Error(how);
      }),
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`not ready after ${START_DEADLINE_MS / 1000} s`)), START_DEADLINE_MS);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}

/** The world shuts down when its stdin ends. */
async function shutDown(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.stdin!.end();
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
  await ended;
  clearTimeout(timer);
}
