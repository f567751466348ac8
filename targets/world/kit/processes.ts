/**
 * The processes of a world that can be broken on purpose: what was done to each, by which fault, and how it is undone.
 */
import type { Handle } from './ground.ts';
import type { ServerKind } from './topology.ts';
import type { TruthLog } from './truth.ts';

export const ACTIONS = ['stop', 'freeze', 'empty', 'pause'] as const;
export type Action = (typeof ACTIONS)[number];
export const isAction = (word: string): word is Action => ACTIONS.some((action) => action === word);

export interface ProcessDescription {
  name: string;
  kind: ServerKind;
  region: string;
  state: 'running' | 'stopped' | 'frozen' | 'paused';
  /** Name of the fault that did it. */
  fault: string | null;
}

export interface ProcessParts {
  kind: ProcessDescription['kind'];
  region: string;
  handle: Handle;
  /** Starts it again where it was, with the data it left; resolves when it serves. */
  start: () => Promise<Handle>;
  /** For a database: pauses or resumes its replay; a sentence if it has none. */
  replay?: (pause: boolean) => Promise<string | null>;
}

/** Asked for something that the process cannot do now: nothing was changed. */
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
      if (this.state === 'frozen') await this.handle.thaw();
      if (this.state === 'stopped') this.handle = await this.parts.start();
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
      if (this.state !== 'stopped') await this.handle.end();
      this.state = 'stopped';
      await change();
      if (this.fault !== null) return;
      void this.inTurn(async () => {
        this.handle = await this.parts.start();
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
        this.state = 'stopped'; // until it is there again
        this.note('store-emptied', `by ${fault}`);
        this.handle = await start();
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
