/** The main process's end of a channel: JSON lines with a `kind`, from a program of the world. */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export class Messages {
  private readonly received = new Map<string, Record<string, unknown>>();
  private readonly listeners = new Map<string, (message: Record<string, unknown>) => void>();

  constructor(input: Readable) {
    createInterface({ input }).on('line', (line) => {
      const message = JSON.parse(line) as Record<string, unknown> & { kind: string };
      this.received.set(message.kind, message);
      this.listeners.get(message.kind)?.(message);
    });
  }

  /** The most recent message of that kind, or the next one if none has arrived yet. */
  next(kind: string): Promise<Record<string, unknown>> {
    const message = this.received.get(kind);
    return message ? Promise.resolve(message) : new Promise((resolve) => this.listeners.set(kind, resolve));
  }

  /** Calls `take` with every later message of that kind. */
  onMessage(kind: string, take: (message: Record<string, unknown>) => void): void {
    this.listeners.set(kind, take);
  }
}

export interface WaitContext {
  /** For the error: the process, and the action that is awaited. */
  name: string;
  action: string;
  withinMs: number;
  /** Resolves with how the process exited. */
  ended: Promise<string>;
  /** The last lines of its log. */
  logTail?: () => string;
}

/** Awaits the promise; an error if the process exits first or the time is over. */
export async function withTimeout<T>(
  promise: Promise<T>,
  { name, action, withinMs, ended, logTail = () => '' }: WaitContext,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = (): Error => new Error(`${name} did not ${action} within ${withinMs / 1000} s${logTail()}`);
    timer = setTimeout(() => reject(error()), withinMs);
  });
  const died = ended.then((how) => {
    throw new Error(`${name} ${how} before it could ${action}${logTail()}`);
  });
  try {
    return await Promise.race([promise, died, late]);
  } finally {
    clearTimeout(timer);
  }
}
