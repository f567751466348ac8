/**
 * How a program of the world talks with the main process: JSON lines, each with a `kind`, on stdin and stdout; in a
 * container of its own (ANTIPODE_MAIN=<host>:<port>, ANTIPODE_NAME=<who it is>) over a connection that it makes.
 */
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';

/** Containers start in any order, but not for ever. Before `callIn`, which is called as this file is loaded. */
const CALL_FOR_MS = 60_000;

const waiting = new Map<string, (message: unknown) => void>();
const heard = new Map<string, unknown>();

const { ANTIPODE_MAIN: main, ANTIPODE_NAME: name } = process.env;
const ends: { input: Readable; output: Writable } = main
  ? await callIn(main)
  : { input: process.stdin, output: process.stdout };

createInterface({ input: ends.input })
  .on('line', (line) => {
    const message = JSON.parse(line) as { kind: string };
    heard.set(message.kind, message);
    waiting.get(message.kind)?.(message);
  })
  // The main process is gone: nothing here is worth finishing.
  .on('close', () => process.exit(0));

/** The message of that kind, when it comes. */
export const hear = <T>(kind: string): Promise<T> =>
  heard.has(kind)
    ? Promise.resolve(heard.get(kind) as T)
    : new Promise((resolve) => waiting.set(kind, resolve as (message: unknown) => void));

/** Calls `take` with every message of that kind, and with the last one if there was one before. */
export function onEvery<T>(kind: string, take: (message: T) => void): void {
  waiting.set(kind, take as (message: unknown) => void);
  if (heard.has(kind)) take(heard.get(kind) as T);
}

export const say = (message: { kind: string } & Record<string, unknown>): void => {
  ends.output.write(`${JSON.stringify(message)}\n`);
};

/** Calls until somebody answers. */
async function callIn(address: string): Promise<{ input: Socket; output: Socket }> {
  const [host, port] = address.split(':');
  for (const deadlineMs = performance.now() + CALL_FOR_MS; performance.now() < deadlineMs;) {
    const socket = connect({ host: host!, port: Number(port), noDelay: true });
    const isConnected = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    if (isConnected) {
      socket.on('error', () => {}); // it has ended; the end of its lines says so
      socket.write(`${JSON.stringify({ kind: 'hello', name })}\n`);
      return { input: socket, output: socket };
    }
    await pause(100);
  }
  throw new Error(`nobody answers at ${address} after ${CALL_FOR_MS / 1000} s`);
}
