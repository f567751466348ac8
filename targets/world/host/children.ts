/** The processes of a world. Each leads its own process group, is registered with the watcher, and logs to a file. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Child, lastLines } from './child.ts';

/** The user that a process runs as. */
export interface SystemUser {
  uid: number;
  gid: number;
}

export interface Command {
  /** Name of the process in messages, and of its log file. */
  name: string;
  command: string;
  args: string[];
  env?: Record<string, string>;
  user?: SystemUser | undefined;
  /**
   * The signal that stops it: QUIT for PostgreSQL, which then frees its shared memory; 0 (none) for PostgreSQL's
   * short-lived tools, which free it only at their own exit; KILL for everything else.
   */
  signal?: 'KILL' | 'QUIT' | '0';
  /** Whether stdin and stdout are pipes for messages; else stdout goes to the log and there is no stdin. */
  piped?: boolean;
}

// The child registers itself with the watcher before it executes the program: the main process can be killed at any
// time, and no child may run that the watcher does not know.
const ANNOUNCE_THEN_EXEC = 'echo "child $$ $0" >&3; exec 3>&-; exec "$@"';

export class Children {
  readonly directory: string;
  private readonly watcher: ChildProcess;
  private readonly all = new Set<Child>();
  /** Process groups started by a child and frozen: they would not exit with it. */
  private readonly frozen = new Set<number>();
  private goingDown = false;
  /** Called when a child exits unexpectedly. */
  onLost: (message: string) => void = () => {};

  /** Starts the watcher; `directory` (logs, data) is removed when the world stops. */
  constructor(directory: string) {
    this.directory = directory;
    this.watcher = spawn('/bin/sh', [fileURLToPath(new URL('./watcher.sh', import.meta.url))], {
      detached: true,
      cwd: '/',
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.watcher.on('exit', () => {
      if (!this.goingDown) this.onWatcherExit();
    });
    this.sendToWatcher(`path ${directory}`);
  }

  /** Also removes this path when the world stops. */
  removeAtEnd(path: string): void {
    this.sendToWatcher(`path ${path}`);
  }

  /** Makes this group stop with the world even if its parent does not stop it. Call it before freezing the group. */
  register(group: number): void {
    this.frozen.add(group);
    this.sendToWatcher(`child ${group} 0`);
  }

  /** Undoes `register`, after a thaw. */
  unregister(group: number): void {
    if (this.frozen.delete(group)) this.sendToWatcher(`gone ${group}`);
  }

  start({ name, command, args, env, user, signal = 'KILL', piped = false }: Command): Child {
    if (this.goingDown) throw new Error(`cannot start ${name}: the world is stopping`);
    const logPath = join(this.directory, `${name}.log`);
    const log = openSync(logPath, 'a');
    const logFrom = fstatSync(log).size;
    const process_ = spawn('/bin/sh', ['-c', ANNOUNCE_THEN_EXEC, signal, command, ...args], {
      detached: true,
      cwd: this.directory,
      env: { ...process.env, ...env },
      ...user,
      stdio: [piped ? 'pipe' : 'ignore', piped ? 'pipe' : log, log, this.watcher.stdin!],
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
      this.sendToWatcher(`gone ${child.pid}`);
      if (child.expectedUp) this.onLost(`${name} ${how}${child.logTail()}`);
    });
    return child;
  }

  /** Runs a command to its exit and returns its stdout; an error with the end of its log unless it exits with 0. */
  async run(command: Command, input = ''): Promise<string> {
    const child = this.start({ ...command, piped: true });
    let output = '';
    child.process.stdout!.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.process.stdin!.end(input);
    const how = await child.ended;
    if (how !== 'exited with code 0') throw new Error(`${command.name} ${how}${child.logTail()}${lastLines(output)}`);
    return output;
  }

  /** Stops every process and removes every path; resolves when that is done. */
  async down(): Promise<void> {
    if (this.goingDown) return;
    this.goingDown = true;
    if (this.watcher.exitCode !== null || this.watcher.signalCode !== null) return;
    const ended = once(this.watcher, 'exit');
    this.watcher.stdin!.end();
    await ended;
  }

  private sendToWatcher(line: string): void {
    if (!this.goingDown) (this.watcher.stdin as Writable).write(`${line}\n`);
  }

  /** Without the watcher the world could outlive its main process, so it stops. */
  private onWatcherExit(): void {
    for (const group of [...[...this.all].map(({ pid }) => pid), ...this.frozen]) {
      try {
        process.kill(-group, 'SIGKILL');
      } catch {
        // It has just exited.
      }
    }
    this.onLost('the watcher of the world was killed');
  }
}
