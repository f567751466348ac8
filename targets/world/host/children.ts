/**
 * The processes of a world: every one leads a group of its own, is known to the watcher, and writes its log to a file.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Child, lastLines } from './child.ts';

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
   * What ends it: KILL for what holds nothing, QUIT for PostgreSQL, which then gives its shared memory back; 0 (none)
   * for its short-lived helpers, which do so only at their own end.
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
  /** Processes that a child of ours made and that cannot end by themselves at the moment. */
  private readonly frozen = new Set<number>();
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

  /** From now on this group ends with the world, whatever its parent does: it is about to be frozen. */
  holds(group: number): void {
    this.frozen.add(group);
    this.tell(`child ${group} 0`);
  }

  /** It is up to its parent again. */
  releases(group: number): void {
    if (this.frozen.delete(group)) this.tell(`gone ${group}`);
  }

  start({ name, command, args, env, user, signal = 'KILL', talks = false }: Command): Child {
    if (this.goingDown) throw new Error(`${name} is not started: the world is going down`);
    const logPath = join(this.directory, `${name}.log`);
    const log = openSync(logPath, 'a');
    const logFrom = fstatSync(log).size;
    const process_ = spawn('/bin/sh', ['-c', ANNOUNCE_THEN_EXEC, signal, command, ...args], {
      detached: true,
      cwd: this.directory,
      env: { ...process.env, ...env },
      ...user,
      stdio: [talks ? 'pipe' : 'ignore', talks ? 'pipe' : log, log, this.watcher.stdin!],
    });
    closeSync(log);
    const child = new Child(name, process_, signal === 'KILL' ? 'SIGKILL' : 'SIGQUIT', {
      path: logPath,
      from: logFrom,
    });
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
    for (const group of [...[...this.all].map(({ pid }) => pid), ...this.frozen]) {
      try {
        process.kill(-group, 'SIGKILL');
      } catch {
        // It has just ended.
      }
    }
    this.onLost('the watcher of the world was killed');
  }
}
