/** What a program of the world says to the main process: JSON lines with a `kind`, from wherever it runs. */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export class Messages {
  private readonly heard = new Map<string, Record<string, unknown>>();
  private readonly listeners = new Map<string, (message: Record<string, unknown>) => void>();

  constructor(input: Readable) {
    createInterface({ input }).on('line', (line) => {
      const message = JSON.parse(line) as Record<string, unknown> & { kind: string };
      this.heard.set(message.kind, message);
      this.listeners.get(message.kind)?.(message);
    });
  }

  /** The first message of that kind, or the last one if there was one already. */
  next(kind: string): Promise<Record<string, unknown>> {
    const said = this.heard.get(kind);
    return said ? Promise.resolve(said) : new Promise((resolve) => this.listeners.set(kind, resolve));
  }

  /** Calls `take` with every message of that kind from now on. */
  onEvery(kind: string, take: (message: Record<string, unknown>) => void): void {
    this.listeners.set(kind, take);
  }
}

export interface Awaited {
  /** Who is waited for, and what for: for the error. */
  name: string;
  doing: string;
  withinMs: number;
  /** Resolves with how it ended. */
  ended: Promise<string>;
  /** What it said last. */
  words?: () => string;
}

/** What was promised, unless whoever promised it ends before, or takes too long. */
export async function inTimeOrEnded<T>(
  promise: Promise<T>,
  { name, doing, withinMs, ended, words = () => '' }: Awaited,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = (): Error => new Error(`${name} did not ${doing} within ${withinMs / 1000} s${words()}`);
    timer = setTimeout(() => reject(error()), withinMs);
  });
  const died = ended.then((how) => {
    throw new Error(`${name} ${how} before it could ${doing}${words()}`);
  });
  try {
    return await Promise.race([promise, died, late]);
  } finally {
    clearTimeout(timer);
  }
}
