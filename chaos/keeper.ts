/**
 * The keeper: a separate process that undoes faults when the harness cannot. It holds the undo data of every fault
 * before the fault starts. It notices the death of the harness by end of file on a pipe.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { brokenError } from '../src/errors.ts';
import type { Undo } from '../src/formats/faults.ts';

/** Harness to keeper, one JSON line each. */
export type KeeperOrder =
  /** Hold this until `release`; stop it after `ttlMs` at the latest. */
  { kind: 'hold'; fault: number; undo: Undo[]; ttlMs: number } | { kind: 'release'; fault: number };

/** Keeper to harness, one JSON line each: every order is confirmed. */
export type KeeperReply = { kind: 'ready' } | { kind: 'held'; fault: number } | { kind: 'released'; fault: number };

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
  /** Ends the keeper, which first stops the faults that it still holds. */
  stop(): Promise<void>;
  /** Resolves with the exit code or signal when it ends. */
  exited: Promise<string>;
}

const READY_MS = 15_000;
const REPLY_MS = 5_000;

/** Starts the keeper of one run; `file` is its journal, keeper.jsonl. No fault may be injected before it resolves. */
export async function startKeeper(file: string): Promise<Keeper> {
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), fileURLToPath(new URL('./keeper-main.ts', import.meta.url)), file],
    {
      // Its own process group and session: neither Ctrl-C nor the end of the terminal reaches it. CI runners that kill
      // leftover processes find them by this variable; without it the keeper can finish.
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, RUNNER_TRACKING_ID: '' },
    },
  );
  child.stdin.on('error', () => {}); // it has ended; `exited` resolves
  const exited = once(child, 'close').then(([code, signal]) => `exit ${String(code ?? signal)}`);
  const waiting = new Map<string, () => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const reply = JSON.parse(line) as KeeperReply;
    waiting.get(reply.kind === 'ready' ? 'ready' : `${reply.kind} ${reply.fault}`)?.();
  });
  const waitFor = async (what: string, withinMs: number): Promise<void> => {
    let timer: NodeJS.Timeout | undefined;
    try {
      await Promise.race([
        new Promise<void>((resolve) => waiting.set(what, resolve)),
        exited.then((how) => Promise.reject(brokenError({ what: `the keeper process ended: ${how}` }))),
        new Promise((_, reject) => {
          const message = `the keeper process did not report "${what}" within ${withinMs / 1000} s`;
          timer = setTimeout(() => reject(brokenError({ what: message })), withinMs);
        }),
      ]);
    } finally {
      clearTimeout(timer);
      waiting.delete(what);
    }
  };
  const send = (order: KeeperOrder): void => void child.stdin.write(`${JSON.stringify(order)}\n`);
  try {
    await waitFor('ready', READY_MS);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return {
    pid: child.pid!,
    exited,
    async hold(fault, undo, ttlMs) {
      const held = waitFor(`held ${fault}`, REPLY_MS);
      send({ kind: 'hold', fault, undo, ttlMs });
      await held;
    },
    async release(fault) {
      const released = waitFor(`released ${fault}`, REPLY_MS);
      send({ kind: 'release', fault });
      await released;
    },
    async stop() {
      child.stdin.end();
      await exited;
    },
  };
}
