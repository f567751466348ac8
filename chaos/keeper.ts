/**
 * The keeper: a process of its own that undoes faults when the harness cannot. It holds the undo data of every open
 * fault before the fault starts, and the other end of a pipe from us: the system closes ours with the last breath.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { brokenError } from '../src/errors.ts';
import type { Undo } from '../src/formats/faults.ts';

/** What the harness tells the keeper, a JSON line each. */
export type KeeperOrder =
  /** Hold this until `release`; stop it at the latest after `ttlMs`. */
  { kind: 'hold'; fault: number; undo: Undo[]; ttlMs: number } | { kind: 'release'; fault: number };

/** What the keeper answers: every order is confirmed once it holds. */
export type KeeperAnswer = { kind: 'ready' } | { kind: 'held'; fault: number } | { kind: 'released'; fault: number };

/** A line of keeper.jsonl, in the run's directory. */
export interface SweptLine {
  at: string;
  state: 'SWEPT' | 'SWEEP-FAILED';
  fault: number;
  why: 'driver-death' | 'signal' | 'ttl';
  /** Points that could not be undone. */
  failed: string[];
}

export interface Keeper {
  pid: number;
  hold(fault: number, undo: Undo[], ttlMs: number): Promise<void>;
  release(fault: number): Promise<void>;
  /** Ends it; what it still holds it stops first. */
  stop(): Promise<void>;
  /** Resolves when it ends by itself. */
  exited: Promise<string>;
}

const READY_MS = 15_000;
const ANSWER_MS = 5_000;

/**
 * Starts the keeper of one run; `file` is its own journal, keeper.jsonl. Nothing may be injected before it resolves.
 */
export async function startKeeper(file: string): Promise<Keeper> {
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), fileURLToPath(new URL('./keeper-main.ts', import.meta.url)), file],
    {
      // A group and a session of its own: neither a Ctrl-C at the terminal nor the end of the terminal reaches it. A CI
      // runner that cleans up by this variable lets it finish.
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, RUNNER_TRACKING_ID: '' },
    },
  );
  child.stdin.on('error', () => {}); // it has ended; `exited` says so
  const exited = once(child, 'close').then(([code, signal]) => `exit ${String(code ?? signal)}`);
  const waiting = new Map<string, () => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const answer = JSON.parse(line) as KeeperAnswer;
    waiting.get(answer.kind === 'ready' ? 'ready' : `${answer.kind} ${answer.fault}`)?.();
  });
  const hear = async (what: string, withinMs: number): Promise<void> => {
    let timer: NodeJS.Timeout | undefined;
    try {
      await Promise.race([
        new Promise<void>((resolve) => waiting.set(what, resolve)),
        exited.then((how) => Promise.reject(brokenError({ what: `the keeper of the faults ended: ${how}` }))),
        new Promise((_, reject) => {
          timer = setTimeout(() => reject(brokenError({ what: `the keeper did not say "${what}"` })), withinMs);
        }),
      ]);
    } finally {
      clearTimeout(timer);
      waiting.delete(what);
    }
  };
  const tell = (order: KeeperOrder): void => void child.stdin.write(`${JSON.stringify(order)}\n`);
  try {
    await hear('ready', READY_MS);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return {
    pid: child.pid!,
    exited,
    async hold(fault, undo, ttlMs) {
      const held = hear(`held ${fault}`, ANSWER_MS);
      tell({ kind: 'hold', fault, undo, ttlMs });
      await held;
    },
    async release(fault) {
      const released = hear(`released ${fault}`, ANSWER_MS);
      tell({ kind: 'release', fault });
      await released;
    },
    async stop() {
      child.stdin.end();
      await exited;
    },
  };
}
