/** The processes of a world: every one leads a group of its own, is known to the watcher, and writes its log to a file. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** Whom a process runs as; absent = as ourselves. */
export interface SystemUser {
  uid: number;
  gid: number;
}

export interface Command {
  /** Name in messages and of the log file. */
  name: string;
  command: string;
  args: string[];
  env?: Record<string, string>;
  user?: SystemUser | undefined;
  /**
   * What ends it: KILL for what holds nothing, QUIT for PostgreSQL, which then gives its shared memory back; 0 (none) for
   * its short-lived helpers, which do so only at their own end.
   */
  signal?: 'KILL' | 'QUIT' | '0';
  /** Whether we talk with it over stdin and stdout; else its stdout goes into the log and it has no stdin. */
  talks?: boolean;
}

// The child itself tells the watcher its number before it becomes the program: a kill of the main process can come at
// any instant, and there is none at which a child runs that the watcher does not know of.
const ANNOUNCE_THEN_EXEC = 'echo "child $$ $0" >&3; exec 3>&-; exec "$@"';

export class Children {
  readonly directory: string;
  private readonly watcher: ChildProcess;
  private readonly all = new Set<Child>();
  private goingDown = false;
  /** Called when a child ends that nobody asked to. */
  onLost: (message: string) => void = () => {};

  /** Starts the watcher; `directory` (logs, data) is removed when the world goes down. */
  constructor(directory: string) {
    this.directory = directory;
    this.watcher = spawn('/bin/sh', [fileURLToPath(new URL('./watcher.sh', import.meta.url))], {
      detached: true,
      cwd: '/',
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.watcher.on('exit', () => {
      if (!this.goingDown) this.withoutWatcher();
    });
    this.tell(`path ${directory}`);
  }

  /** Also removes this path when the world goes down. */
  removeAtEnd(path: string): void {
    this.tell(`path ${path}`);
  }

  start({ name, command, args, env, user, signal = 'KILL', talks = false }: Command): Child {
    if (this.goingDown) throw new Error(`${name} is not started: the world is going down`);
    const logPath = join(this.directory, `${name}.log`);
    const log = openSync(logPath, 'a');
    const process_ = spawn('/bin/sh', ['-c', ANNOUNCE_THEN_EXEC, signal, command, ...args], {
      detached: true,
      cwd: this.directory,
      env: { ...process.env, ...env },
      ...user,
      stdio: [talks ? 'pipe' : 'ignore', talks ? 'pipe' : log, log, this.watcher.stdin!],
    });
    closeSync(log);
    const child = new Child(name, process_, logPath);
    this.all.add(child);
    void child.ended.then((how) => {
      this.all.delete(child);
      if (this.goingDown) return;
      this.tell(`gone ${child.pid}`);
      if (child.expectedUp) this.onLost(`${name} ${how}${child.lastWords()}`);
    });
    return child;
  }

  /** Runs a command to its end and returns its stdout; an error that names it and its last words unless it exits 0. */
  async run(command: Command, input = ''): Promise<string> {
    const child = this.start({ ...command, talks: true });
    let output = '';
    child.process.stdout!.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.process.stdin!.end(input);
    const how = await child.ended;
    if (how !== 'ended (exit 0)') throw new Error(`${command.name} ${how}${child.lastWords()}${lastLines(output)}`);
    return output;
  }

  /** Ends every process and removes every path; resolves when nothing is left. */
  async down(): Promise<void> {
    if (this.goingDown) return;
    this.goingDown = true;
    if (this.watcher.exitCode !== null || this.watcher.signalCode !== null) return;
    const ended = once(this.watcher, 'exit');
    this.watcher.stdin!.end();
    await ended;
  }

  private tell(line: string): void {
    if (!this.goingDown) (this.watcher.stdin as Writable).write(`${line}\n`);
  }

  /** Someone ended the watcher: a world that could outlive its main process must not go on. */
  private withoutWatcher(): void {
    for (const child of this.all) {
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has just ended.
      }
    }
    this.onLost('the watcher of the world was killed');
  }
}

export class Child {
  readonly name: string;
  readonly process: ChildProcess;
  readonly pid: number;
  /** How it ended, in words; resolves, never rejects. */
  readonly ended: Promise<string>;
  /** Set once it serves: from then on its end is a loss. */
  expectedUp = false;
  private readonly logPath: string;
  private readonly heard = new Map<string, Record<string, unknown>>();
  private readonly listeners = new Map<string, (message: Record<string, unknown>) => void>();

  constructor(name: string, process_: ChildProcess, logPath: string) {
    this.name = name;
    this.process = process_;
    this.pid = process_.pid ?? -1;
    this.logPath = logPath;
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
    if (this.listeners.size === 0 && this.heard.size === 0) this.listen();
    const said =
      this.heard.get(kind) ?? new Promise<Record<string, unknown>>((resolve) => this.listeners.set(kind, resolve));
    return (await this.within(Promise.resolve(said), withinMs, `say "${kind}"`)) as T;
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
      return readFileSync(this.logPath, 'utf8');
    } catch {
      return '';
    }
  }

  private listen(): void {
    createInterface({ input: this.process.stdout! }).on('line', (line) => {
      const message = JSON.parse(line) as Record<string, unknown> & { kind: string };
      this.heard.set(message.kind, message);
      this.listeners.get(message.kind)?.(message);
    });
  }

  private async within<T>(promise: Promise<T>, withinMs: number, what: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`${this.name} did not ${what} within ${withinMs / 1000} s${this.lastWords()}`)),
        withinMs,
      );
    });
    const died = this.ended.then((how) => {
      throw new Error(`${this.name} ${how} before it could ${what}${this.lastWords()}`);
    });
    try {
      return await Promise.race([promise, died, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function lastLines(text: string, count = 8): string {
  const lines = text.trimEnd().split('\n').slice(-count);
  return lines[0] ? `:\n${lines.map((line) => `  ${line}`).join('\n')}` : '';
}
