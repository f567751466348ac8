/** The processes of a world that can be broken on purpose: what was done to each, by which fault, and how it is undone. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Child } from './child.ts';
import type { Children } from './children.ts';
import type { TruthLog } from './truth.ts';

export const ACTIONS = ['stop', 'freeze', 'empty', 'pause'] as const;
export type Action = (typeof ACTIONS)[number];
export const isAction = (word: string): word is Action => ACTIONS.some((action) => action === word);

export interface ProcessDescription {
  name: string;
  kind: 'api' | 'database' | 'store';
  region: string;
  state: 'running' | 'stopped' | 'frozen' | 'paused';
  /** Name of the fault that did it. */
  fault: string | null;
}

export interface ProcessParts {
  kind: ProcessDescription['kind'];
  region: string;
  child: Child;
  /** Starts it again on its port, with the data it left; resolves when it serves. */
  start: () => Promise<Child>;
  /** For a database: pauses or resumes its replay; a sentence if it has none. */
  replay?: (pause: boolean) => Promise<string | null>;
}

/** Asked for something that the process cannot do now: nothing was changed. */
export class Conflict extends Error {}

export class WorldProcess {
  readonly name: string;
  child: Child;
  state: ProcessDescription['state'] = 'running';
  fault: string | null = null;
  private readonly parts: ProcessParts;
  private readonly children: Children;
  private readonly truth: TruthLog;
  private action: Action | null = null;
  /** Groups below it that are frozen with it. */
  private frozen: number[] = [];
  private last: Promise<unknown> = Promise.resolve();

  constructor(parts: ProcessParts, children: Children, truth: TruthLog) {
    this.name = `${parts.kind}-${parts.region}`;
    this.child = parts.child;
    this.parts = parts;
    this.children = children;
    this.truth = truth;
  }

  describe(): ProcessDescription {
    const { kind, region } = this.parts;
    return { name: this.name, kind, region, state: this.state, fault: this.fault };
  }

  /** Does it in the name of a fault. Doing the same again changes nothing; anything else first wants a restore. */
  break(action: Action, fault: string): Promise<void> {
    return this.inTurn(async () => {
      if (this.fault === fault && this.action === action) return;
      if (this.fault !== null) throw new Conflict(`${this.name} is held by the fault ${this.fault}: restore it first`);
      this.fault = fault;
      this.action = action;
      try {
        await this.begin(action, fault);
      } catch (error) {
        // What was refused was not begun; anything else may be half done, and a restore undoes it.
        if (error instanceof Conflict) this.fault = this.action = null;
        throw error;
      }
    });
  }

  /** Undoes whatever was done, if the fault named did it; without a name, whoever did. */
  restore(fault: string | null): Promise<void> {
    return this.inTurn(async () => {
      if (this.fault === null) return;
      if (fault !== null && fault !== this.fault) throw new Conflict(`${this.name} is held by the fault ${this.fault}`);
      if (this.state === 'frozen') this.thaw();
      if (this.state === 'stopped') this.child = await this.parts.start();
      if (this.state === 'paused') await this.parts.replay?.(false);
      if (this.action !== 'empty') this.note(this.action === 'pause' ? 'replay-resumed' : `${this.parts.kind}-resumed`);
      this.state = 'running';
      this.fault = null;
      this.action = null;
    });
  }

  /**
   * Ends it, whatever state it is in, so that nothing it had begun is finished; `change` is made while it is down. One
   * that no fault holds is started again at once, without being waited for.
   */
  fence(change: () => Promise<void>): Promise<void> {
    return this.inTurn(async () => {
      if (this.state === 'frozen') {
        // The signal to end is there when they wake: they do nothing else any more.
        for (const group of [this.child.pid, ...this.frozen]) send(group, 'SIGQUIT');
        this.wake();
      }
      if (this.state !== 'stopped') await this.child.end();
      this.state = 'stopped';
      await change();
      if (this.fault !== null) return;
      void this.inTurn(async () => {
        this.child = await this.parts.start();
        this.state = 'running';
      }).catch((error: Error) => this.note('fenced', `it did not come back: ${error.message}`));
    });
  }

  private async begin(action: Action, fault: string): Promise<void> {
    const { kind, start, replay } = this.parts;
    if (this.state !== 'running') throw new Conflict(`${this.name} is ${this.state}: restore it first`);
    switch (action) {
      case 'stop':
        this.note(`${kind}-stopped`, `killed by ${fault}`);
        await this.child.end();
        this.state = 'stopped';
        return;
      case 'freeze':
        this.note(`${kind}-stopped`, `frozen by ${fault}`);
        this.freeze();
        this.state = 'frozen';
        return;
      case 'empty':
        if (kind !== 'store') throw new Conflict(`${this.name} is a ${kind}: only a store can be emptied`);
        await this.child.end();
        this.state = 'stopped'; // until it is there again
        this.note('store-emptied', `by ${fault}`);
        this.child = await start();
        this.state = 'running';
        return;
      case 'pause': {
        const refused = replay ? await replay(true) : `is a ${kind}: only a replica's replay can be paused`;
        if (refused !== null) throw new Conflict(`${this.name} ${refused}`);
        this.note('replay-paused', `by ${fault}`);
        this.state = 'paused';
        return;
      }
    }
  }

  /**
   * Stops the process and those below it (PostgreSQL's backends lead groups of their own). The watcher knows of them
   * beforehand: frozen, they would not end with their parent.
   */
  private freeze(): void {
    this.child.signal('SIGSTOP'); // makes no others from now on
    this.frozen = processesBelow(this.child.pid);
    for (const group of this.frozen) {
      this.children.holds(group);
      send(group, 'SIGSTOP');
    }
  }

  private thaw(): void {
    this.wake();
    this.child.signal('SIGCONT');
  }

  private wake(): void {
    for (const group of this.frozen) {
      send(group, 'SIGCONT');
      this.children.releases(group);
    }
    this.frozen = [];
  }

  private note(what: string, detail = this.fault === null ? '' : `after ${this.fault}`): void {
    this.truth.add(what, this.parts.region, detail);
  }

  /** One thing at a time: a start takes a while. */
  private inTurn<T>(act: () => Promise<T>): Promise<T> {
    const result = this.last.then(act);
    this.last = result.catch(() => {});
    return result;
  }
}

/** Sends a signal to a process group, and nothing if there is none. */
function send(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // It has just ended, or is no leader of a group: then it is stopped and woken with its parent's.
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
          return []; // it has just ended
        }
      });
  }
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid, parent]): [number, number][] => (pid && parent ? [[pid, parent]] : []));
}
