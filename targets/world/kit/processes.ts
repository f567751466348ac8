/** The processes of a world that faults can target: the action on each, the fault that did it, and how to undo it. */
import type { Handle } from './ground.ts';
import type { ServerKind } from './topology.ts';
import type { TruthLog } from './truth.ts';

export const ACTIONS = ['stop', 'freeze', 'empty', 'fill', 'pause'] as const;
export type Action = (typeof ACTIONS)[number];
export const isAction = (word: string): word is Action => ACTIONS.some((action) => action === word);

export interface ProcessDescription {
  name: string;
  kind: ServerKind;
  region: string;
  state: 'running' | 'stopped' | 'frozen' | 'full' | 'paused';
  /** Name of the active fault. */
  fault: string | null;
}

export interface ProcessParts {
  kind: ProcessDescription['kind'];
  region: string;
  handle: Handle;
  /** Restarts it at the same address with its data; resolves when it serves. */
  start: () => Promise<Handle>;
  /** For a store: limits its memory, so that it takes no more data, or removes the limit. */
  fill?: (isFull: boolean) => Promise<void>;
  /** For a database: pauses or resumes its replay; the reason if it has no replay. */
  replay?: (pause: boolean) => Promise<string | null>;
}

/** The process cannot do this in its current state; nothing was changed. */
export class Conflict extends Error {}

export class WorldProcess {
  readonly name: string;
  handle: Handle;
  state: ProcessDescription['state'] = 'running';
  fault: string | null = null;
  private readonly parts: ProcessParts;
  private readonly truth: TruthLog;
  private action: Action | null = null;
  private last: Promise<unknown> = Promise.resolve();

  constructor(parts: ProcessParts, truth: TruthLog) {
    this.name = `${parts.kind}-${parts.region}`;
    this.handle = parts.handle;
    this.parts = parts;
    this.truth = truth;
  }

  describe(): ProcessDescription {
    const { kind, region } = this.parts;
    return { name: this.name, kind, region, state: this.state, fault: this.fault };
  }

  /** Applies the action for a fault. Repeating it changes nothing; any other action needs a restore first. */
  break(action: Action, fault: string): Promise<void> {
    return this.inTurn(async () => {
      if (this.fault === fault && this.action === action) return;
      if (this.fault !== null) throw new Conflict(`${this.name} already has the fault ${this.fault}: restore it first`);
      this.fault = fault;
      this.action = action;
      try {
        await this.begin(action, fault);
      } catch (error) {
        // A refused action changed nothing; any other failure may leave it half done, and a restore undoes it.
        if (error instanceof Conflict) this.fault = this.action = null;
        throw error;
      }
    });
  }

  /** Undoes the active fault if it has this name; null undoes any fault. */
  restore(fault: string | null): Promise<void> {
    return this.inTurn(async () => {
      if (this.fault === null) return;
      if (fault !== null && fault !== this.fault)
        throw new Conflict(`${this.name} has the fault ${this.fault}, not ${fault}`);
      if (this.state === 'frozen') await this.handle.thaw();
      if (this.state === 'stopped') this.handle = await this.parts.start();
      if (this.state === 'paused') await this.parts.replay?.(false);
      if (this.state === 'full') await this.parts.fill?.(false);
      if (this.action !== 'empty') this.note(this.action === 'pause' ? 'replay-resumed' : `${this.parts.kind}-resumed`);
      this.state = 'running';
      this.fault = null;
      this.action = null;
    });
  }

  /**
   * Kills it in any state, so that no pending write completes, and calls `change` while it is down. If it has no fault
   * it is then restarted in the background.
   */
  fence(change: () => Promise<void>): Promise<void> {
    return this.inTurn(async () => {
      if (this.state !== 'stopped') await this.handle.end();
      this.state = 'stopped';
      await change();
      if (this.fault !== null) return;
      void this.inTurn(async () => {
        this.handle = await this.parts.start();
        this.state = 'running';
      }).catch((error: Error) => this.note('fenced', `restart failed: ${error.message}`));
    });
  }

  private async begin(action: Action, fault: string): Promise<void> {
    const { kind, start, fill, replay } = this.parts;
    if (this.state !== 'running') throw new Conflict(`${this.name} is ${this.state}: restore it first`);
    switch (action) {
      case 'stop':
        this.note(`${kind}-stopped`, `killed by ${fault}`);
        await this.handle.end();
        this.state = 'stopped';
        return;
      case 'freeze':
        this.note(`${kind}-stopped`, `frozen by ${fault}`);
        await this.handle.freeze();
        this.state = 'frozen';
        return;
      case 'empty':
        if (kind !== 'store') throw new Conflict(`${this.name} is a ${kind}: only a store can be emptied`);
        await this.handle.end();
        this.state = 'stopped'; // until it runs again
        this.note('store-emptied', `by ${fault}`);
        this.handle = await start();
        this.state = 'running';
        return;
      case 'fill':
        if (!fill) throw new Conflict(`${this.name} is a ${kind}: only a store can be filled`);
        await fill(true);
        this.note('store-filled', `by ${fault}`);
        this.state = 'full';
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

  private note(what: string, detail = this.fault === null ? '' : `after ${this.fault}`): void {
    this.truth.add(what, this.parts.region, detail);
  }

  /** Runs one operation at a time. */
  private inTurn<T>(act: () => Promise<T>): Promise<T> {
    const result = this.last.then(act);
    this.last = result.catch(() => {});
    return result;
  }
}

/** The processes of one kind, by region. */
export const processesOfKind = (
  kind: ServerKind,
  regions: readonly string[],
  truth: TruthLog,
  parts: (region: string) => Omit<ProcessParts, 'kind' | 'region'>,
): Record<string, WorldProcess> =>
  Object.fromEntries(regions.map((region) => [region, new WorldProcess({ kind, region, ...parts(region) }, truth)]));
