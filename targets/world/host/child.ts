/** One process of a world: its messages, its log, its exit. */
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { withTimeout, Messages } from '../kit/messages.ts';

export class Child {
  readonly name: string;
  readonly process: ChildProcess;
  readonly pid: number;
  /** How it exited, as a phrase; never rejects. */
  readonly ended: Promise<string>;
  /** Set once it serves: an exit after that breaks the world. */
  expectedUp = false;
  /** The signal that stops it. */
  readonly stopSignal: 'SIGKILL' | 'SIGQUIT';
  /** A restarted process appends to the log of the previous one. */
  private readonly logFile: { path: string; from: number };
  private reader: Messages | null = null;

  constructor(
    name: string,
    process_: ChildProcess,
    stopSignal: 'SIGKILL' | 'SIGQUIT',
    logFile: { path: string; from: number },
  ) {
    this.name = name;
    this.process = process_;
    this.pid = process_.pid ?? -1;
    this.stopSignal = stopSignal;
    this.logFile = logFile;
    this.ended = new Promise((resolve) => {
      process_.on('error', (error) => resolve(`failed to start (${error.message})`));
      process_.on('exit', (code, signal) => resolve(signal ? `was killed by ${signal}` : `exited with code ${code}`));
    });
    process_.stdin?.on('error', () => {}); // it has exited; `ended` reports that
  }

  /** Sends one message, a JSON line, to a program of the world. */
  send(message: object): void {
    this.process.stdin!.write(`${JSON.stringify(message)}\n`);
  }

  /** The most recent message of that kind, or the next one; an error if the process exits first or the time is over. */
  async receive<T>(kind: string, withinMs: number): Promise<T> {
    return (await this.within(this.messages.next(kind), withinMs, `send "${kind}"`)) as T;
  }

  /** Calls `take` with every later message of that kind. */
  onMessage(kind: string, take: (message: Record<string, unknown>) => void): void {
    this.messages.onMessage(kind, take);
  }

  /** Sends a signal to its process group, unless it has exited. */
  signal(signal: NodeJS.Signals): void {
    if (this.process.pid === undefined || this.process.exitCode !== null || this.process.signalCode !== null) return;
    try {
      process.kill(-this.pid, signal);
    } catch {
      // It has just exited.
    }
  }

  /** Stops it on purpose, which does not break the world; resolves when it has exited. */
  async end(): Promise<void> {
    this.expectedUp = false;
    this.signal(this.stopSignal);
    this.signal('SIGCONT'); // a suspended process handles no signal but KILL
    const timer = setTimeout(() => this.signal('SIGKILL'), 5_000);
    await this.ended;
    clearTimeout(timer);
  }

  /** Awaits the promise; stops the process if it rejects, so that it does not block the next attempt. */
  async orStop<T>(promise: Promise<T>): Promise<T> {
    try {
      return await promise;
    } catch (error) {
      await this.end();
      throw error;
    }
  }

  /** Polls `isUp` every few milliseconds; an error if the process exits first or the time is over. */
  async untilUp(isUp: () => boolean | Promise<boolean>, withinMs: number): Promise<void> {
    let over = false;
    const poll = async (): Promise<void> => {
      while (!over && !(await isUp())) await new Promise((resolve) => setTimeout(resolve, 15));
    };
    await this.within(poll(), withinMs, 'start').finally(() => (over = true));
  }

  /** The last lines of its log, as a paragraph of an error message. */
  logTail(): string {
    return lastLines(this.log());
  }

  log(): string {
    try {
      return readFileSync(this.logFile.path).subarray(this.logFile.from).toString();
    } catch {
      return '';
    }
  }

  private get messages(): Messages {
    return (this.reader ??= new Messages(this.process.stdout!));
  }

  private within<T>(promise: Promise<T>, withinMs: number, action: string): Promise<T> {
    const { name, ended } = this;
    return withTimeout(promise, { name, ended, withinMs, action, logTail: () => this.logTail() });
  }
}

/** The last lines of a text, as a paragraph of an error message. */
export function lastLines(text: string, count = 8): string {
  const lines = text.trimEnd().split('\n').slice(-count);
  return lines[0] ? `:\n${lines.map((line) => `  ${line}`).join('\n')}` : '';
}
