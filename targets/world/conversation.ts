/** How a process of the world talks with the main one: JSON lines, each with a `kind`, on stdin and stdout. */
import { createInterface } from 'node:readline';

const waiting = new Map<string, (message: unknown) => void>();
const heard = new Map<string, unknown>();

createInterface({ input: process.stdin })
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
  process.stdout.write(`${JSON.stringify(message)}\n`);
};
