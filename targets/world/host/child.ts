/** One process of a world: what it says, what it writes to its log, how it ends. */
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { inTimeOrEnded, Messages } from '../kit/messages.ts';

export class Child {
  readonly name: string;
  readonly process: ChildProcess;
  readonly pid: number;
  /** How it ended, in words; resolves, never rejects. */
  readonly ended: Promise<string>;
  /** Set once it serves: from then on its end is a loss. */
  expectedUp = false;
  /** What ends it. */
  readonly endsBy: 'SIGKILL' | 'SIGQUIT';
  /** A process that was started again writes on where the one before it left off. */
  private readonly logFile: { path: string; from: number };
  private messages: Messages | null = null;

  constructor(
    name: string,
    process_: ChildProcess,
    endsBy: 'SIGKILL' | 'SIGQUIT',
    logFile: { path: string; from: number },
  ) {
    this.name = name;
    this.process = process_;
    this.pid = process_.pid ?? -1;
    this.endsBy = endsBy;
    this.logFile = logFile;
    this.ended = new Promise((resolve) => {
      process_.on('error', (error) => resolve(`could not be started (${error.message})`));
      process_.on('exit', (code, signal) => resolve(signal ? `was ended by ${signal}` : `ended (exit ${code})`));
    });
    process_.stdin?.on('error', () => {}); // it has ended; `ended` says so
  }

  /** Sends one message, a JSON line, to a process of ours. */
  say(message: object): void {
    this.process.stdin!.write(`${JSON.stringify(message)}\n`);
  }

  /** The message of that kind from a process of ours; an error if it ends or says nothing within the time. */
  async hear<T>(kind: string, withinMs: number): Promise<T> {
    return (await this.within(this.said.next(kind), withinMs, `say "${kind}"`)) as T;
  }

  /** Calls `take` with every message of that kind from now on. */
  onEvery(kind: string, take: (message: Record<string, unknown>) => void): void {
    this.said.onEvery(kind, take);
  }

  /** Sends a signal to its group, and nothing if it has ended. */
  signal(signal: NodeJS.Signals): void {
    if (this.process.pid === undefined || this.process.exitCode !== null || this.process.signalCode !== null) return;
    try {
      process.kill(-this.pid, signal);
    } catch {
      // It has just ended.
    }
  }

  /** Ends it on purpose, which is no loss; resolves when it is gone. */
  async end(): Promise<void> {
    this.expectedUp = false;
    this.signal(this.endsBy);
    this.signal('SIGCONT'); // a stopped process takes no signal but KILL
    const timer = setTimeout(() => this.signal('SIGKILL'), 5_000);
    await this.ended;
    clearTimeout(timer);
  }

  /**
   * Waits for what it must do to be of use; one that does not is ended, so that it is not in the way of the next try.
   */
  async orEnd<T>(useful: Promise<T>): Promise<T> {
    try {
      return await useful;
    } catch (error) {
      await this.end();
      throw error;
    }
  }

  /** Waits for `isUp`, asked every few milliseconds; an error if the process ends before or the time is over. */
  async untilUp(isUp: () => boolean | Promise<boolean>, withinMs: number): Promise<void> {
    let over = false;
    const poll = async (): Promise<void> => {
      while (!over && !(await isUp())) await new Promise((resolve) => setTimeout(resolve, 15));
    };
    await this.within(poll(), withinMs, 'come up').finally(() => (over = true));
  }

  /** What it wrote to its log, last lines, as a paragraph of an error message. */
  lastWords(): string {
    return lastLines(this.log());
  }

  log(): string {
    try {
      return readFileSync(this.logFile.path).subarray(this.logFile.from).toString();
    } catch {
      return '';
    }
  }

  private get said(): Messages {
    return (this.messages ??= new Messages(this.process.stdout!));
  }

  private within<T>(promise: Promise<T>, withinMs: number, doing: string): Promise<T> {
    const { name, ended } = this;
    return inTimeOrEnded(promise, { name, ended, withinMs, doing, words: () => this.lastWords() });
  }
}

/** The end of a text, as a paragraph of an error message. */
export function lastLines(text: string, count = 8): string {
  const lines = text.trimEnd().split('\n').slice(-count);
  return lines[0] ? `:\n${lines.map((line) => `  ${line}`).join('\n')}` : '';
}
