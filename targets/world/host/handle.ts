/** Controls a process on this machine and its children (PostgreSQL's backends lead process groups of their own). */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Handle } from '../kit/ground.ts';
import type { Child } from './child.ts';
import type { Children } from './children.ts';

export class HostHandle implements Handle {
  private readonly child: Child;
  private readonly children: Children;
  private isFrozen = false;
  /** Process groups of its children that are frozen with it. */
  private frozen: number[] = [];

  constructor(child: Child, children: Children) {
    this.child = child;
    this.children = children;
  }

  async end(): Promise<void> {
    if (this.isFrozen) {
      // They handle the pending signal first when they wake, before anything else.
      for (const group of [this.child.pid, ...this.frozen]) send(group, this.child.stopSignal);
      this.wake();
    }
    await this.child.end();
  }

  /** Registers its children with the watcher first: frozen, they would not exit with their parent. */
  freeze(): Promise<void> {
    this.child.signal('SIGSTOP'); // first, so that it starts no more children
    this.isFrozen = true;
    this.frozen = processesBelow(this.child.pid);
    for (const group of this.frozen) {
      this.children.register(group);
      send(group, 'SIGSTOP');
    }
    return Promise.resolve();
  }

  thaw(): Promise<void> {
    this.wake();
    this.child.signal('SIGCONT');
    return Promise.resolve();
  }

  reload(): Promise<void> {
    this.child.signal('SIGHUP');
    return Promise.resolve();
  }

  private wake(): void {
    for (const group of this.frozen) {
      send(group, 'SIGCONT');
      this.children.unregister(group);
    }
    this.frozen = [];
    this.isFrozen = false;
  }
}

/** Sends a signal to a process group, if it exists. */
function send(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // It has just exited, or leads no group: then it gets the signals of its parent's group.
  }
}

function processesBelow(parent: number): number[] {
  return parents()
    .filter(([, of]) => of === parent)
    .map(([pid]) => pid);
}

function parents(): [pid: number, parent: number][] {
  if (existsSync('/proc/self/stat')) {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid): [number, number][] => {
        try {
          const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
          // After the command in brackets: state, parent (proc(5)).
          return [[Number(pid), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])]];
        } catch {
          return []; // it has just exited
        }
      });
  }
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid, parent]): [number, number][] => (pid && parent ? [[pid, parent]] : []));
}
