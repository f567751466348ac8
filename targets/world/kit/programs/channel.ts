/**
 * The program's end of its channel to the main process: JSON lines with a `kind`, on stdin and stdout. In a container
 * of its own (ANTIPODE_MAIN=<host>:<port>, ANTIPODE_NAME=<service>) it connects to the main process instead.
 */
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';

/** Containers start in any order. Declared before `connectToMain`, which runs while this module loads. */
const CONNECT_TIMEOUT_MS = 60_000;

const listeners = new Map<string, (message: unknown) => void>();
const received = new Map<string, unknown>();

const { ANTIPODE_MAIN: main, ANTIPODE_NAME: name } = process.env;
const ends: { input: Readable; output: Writable } = main
  ? await connectToMain(main)
  : { input: process.stdin, output: process.stdout };

createInterface({ input: ends.input })
  .on('line', (line) => {
    const message = JSON.parse(line) as { kind: string };
    received.set(message.kind, message);
    listeners.get(message.kind)?.(message);
  })
  // The main process has exited, and the world ends with it.
  .on('close', () => process.exit(0));

/** The most recent message of that kind, or the next one if none has arrived yet. */
export const receive = <T>(kind: string): Promise<T> =>
  received.has(kind)
    ? Promise.resolve(received.get(kind) as T)
    : new Promise((resolve) => listeners.set(kind, resolve as (message: unknown) => void));

/** Calls `take` with the most recent message of that kind, if any, and with every later one. */
export function onMessage<T>(kind: string, take: (message: T) => void): void {
  listeners.set(kind, take as (message: unknown) => void);
  if (received.has(kind)) take(received.get(kind) as T);
}

export const send = (message: { kind: string } & Record<string, unknown>): void => {
  ends.output.write(`${JSON.stringify(message)}\n`);
};

/** Retries until the main process accepts the connection. */
async function connectToMain(address: string): Promise<{ input: Socket; output: Socket }> {
  const [host, port] = address.split(':');
  for (const deadlineMs = performance.now() + CONNECT_TIMEOUT_MS; performance.now() < deadlineMs;) {
    const socket = connect({ host: host!, port: Number(port), noDelay: true });
    const isConnected = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    if (isConnected) {
      socket.on('error', () => {}); // the close event of the lines handles it
      socket.write(`${JSON.stringify({ kind: 'hello', name })}\n`);
      return { input: socket, output: socket };
    }
    await pause(100);
  }
  throw new Error(`cannot connect to the main process at ${address} within ${CONNECT_TIMEOUT_MS / 1000} s`);
}
