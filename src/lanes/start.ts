/** Starts the lane process and waits until every lane is calibrated. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { brokenError } from '../errors.ts';
import type { GeneratorExhausted, LaneCalibration } from '../formats/journal.ts';
import type { LaneAddresses, LanesConfig, LanesExhausted, LanesReady } from '../formats/lanes.ts';

const READY_DEADLINE_MS = 20_000;
const STOP_DEADLINE_MS = 2000;
const MAX_STDERR_LINES = 20;

export interface Lanes extends AsyncDisposable {
  /** Listening port of each lane, in the order of the configuration. */
  ports: number[];
  calibration: LaneCalibration[];
  /** From the first listener to the last measured echo, ms. */
  tookMs: number;
  pid: number;
  /** Points the lanes of a name to these addresses from the next connection on. */
  setAddresses(of: LaneAddresses): void;
  /** Resolves when the process has exited, with its exit status; a failure unless `stop()` was called before. */
  exited: Promise<string>;
  /** Ends the process (and its group) and waits for it. May be called more than once. */
  stop(): Promise<void>;
}

/**
 * Starts the lane process, detached, in a process group of its own. Rejects with exit code 4 if it is not ready within
 * the deadline, and with the signal's reason if it is aborted; nothing is left then.
 */
export async function startLanes(
  config: LanesConfig,
  {
    signal,
    deadlineMs = READY_DEADLINE_MS,
    onExhausted = () => {},
  }: { signal?: AbortSignal; deadlineMs?: number; onExhausted?: (of: GeneratorExhausted) => void } = {},
): Promise<Lanes> {
  signal?.throwIfAborted();
  const child = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('main.ts', import.meta.url))], {
    // `--import tsx` is resolved from the working directory.
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const exited = exitOf(child);
  const stop = async () => {
    child.stdin.end();
    const kill = setTimeout(() => killGroup(child), STOP_DEADLINE_MS);
    await exited;
    clearTimeout(kill);
  };
  try {
    // A process that exits at once breaks the pipe; `exited` has the reason.
    child.stdin.on('error', () => {});
    const send = (message: LanesConfig | LaneAddresses): void => {
      if (child.stdin.writable) child.stdin.write(`${JSON.stringify(message)}\n`);
    };
    send(config);
    const { ports, calibration, tookMs } = await readyOf(child, exited, deadlineMs, signal, onExhausted);
    return {
      ports,
      calibration,
      tookMs,
      pid: child.pid!,
      setAddresses: send,
      exited,
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    killGroup(child);
    await stop();
    throw error;
  }
}

/** The lanes whose median round trip differs from the nominal one by more than `limitMs`. */
export function laneErrors(calibration: LaneCalibration[], limitMs: number): LaneCalibration[] {
  return calibration.filter(({ p50Ms, nominalMs }) => !(Math.abs(p50Ms - nominalMs) <= limitMs));
}

function readyOf(
  child: ChildProcess,
  exited: Promise<string>,
  deadlineMs: number,
  signal: AbortSignal | undefined,
  onExhausted: (of: GeneratorExhausted) => void,
): Promise<LanesReady> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => fail(brokenError({ what: `The lanes were not ready within ${deadlineMs} ms` })),
      deadlineMs,
    );
    const abort = () => fail(signal!.reason);
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    const fail = (error: unknown) => {
      settle();
      reject(error);
    };
    signal?.addEventListener('abort', abort, { once: true });
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const message = JSON.parse(line) as LanesReady | LanesExhausted;
      if (message.kind === 'exhausted') {
        const { errno, where, count } = message;
        onExhausted({ errno, where, count });
        return;
      }
      settle();
      resolve(message);
    });
    void exited.then((message) => fail(brokenError({ what: 'The lanes could not be opened', got: message })));
  });
}

function exitOf(child: ChildProcess): Promise<string> {
  const lines: string[] = [];
  createInterface({ input: child.stderr! }).on('line', (line) => {
    lines.push(line);
    if (lines.length > MAX_STDERR_LINES) lines.shift();
  });
  return new Promise((resolve) => {
    child.once('error', (error) => lines.push(error.message));
    child.once('close', (code, signal) => {
      const how = signal ? `killed by ${signal}` : `exit code ${code}`;
      resolve([...lines, how].join('\n'));
    });
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
