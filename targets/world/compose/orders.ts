/** A server in a container of its own, as supervise.sh in there ends, freezes and starts it. */
import { constants } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Handle } from '../kit/ground.ts';
import { ORDERS_DIRECTORY } from './layout.ts';

const PATIENCE_MS = 10_000;
const LOOK_EVERY_MS = 10;

export class Supervised implements Handle {
  readonly service: string;
  private readonly endsBy: 'KILL' | 'QUIT';
  private readonly pipe: string;
  private count = 0;
  isStopped = false;

  /** `endsBy` as for a process of the host: QUIT for PostgreSQL, KILL for what holds nothing. */
  constructor(service: string, endsBy: 'KILL' | 'QUIT', directory = ORDERS_DIRECTORY) {
    this.service = service;
    this.endsBy = endsBy;
    this.pipe = join(directory, service);
  }

  async end(): Promise<void> {
    await this.order(`stop ${this.endsBy}`);
    this.isStopped = true;
  }

  freeze(): Promise<void> {
    return this.order('freeze');
  }

  thaw(): Promise<void> {
    return this.order('thaw');
  }

  reload(): Promise<void> {
    return this.order('reload');
  }

  /** Runs it again, if it was ended; it does not serve yet. */
  async start(): Promise<void> {
    if (!this.isStopped) return;
    await this.order('start');
    this.isStopped = false;
  }

  /** Whether it ended without having been told to, alone or with its container. */
  async isLost(): Promise<boolean> {
    const state = await this.state();
    return state === '- ended' || (state !== '' && !(await this.isRead()));
  }

  /** A container that was killed says nothing, but nobody reads its pipe any more. */
  private async isRead(): Promise<boolean> {
    try {
      await (await this.open()).close();
      return true;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code !== 'ENXIO';
    }
  }

  private async order(what: string): Promise<void> {
    const number = ++this.count;
    const pipe = await this.open();
    try {
      await pipe.write(`${number} ${what}\n`);
    } finally {
      await pipe.close();
    }
    const deadlineMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const state = await this.state();
      if (state.startsWith(`${number} `)) return;
      if (state === '- ended') throw new Error(`${this.service} has ended by itself`);
      if (performance.now() > deadlineMs) {
        throw new Error(`${this.service} did not ${what} within ${PATIENCE_MS / 1000} s; it is ${state || 'silent'}`);
      }
      await pause(LOOK_EVERY_MS);
    }
  }

  /** Not to be waited for where nobody reads: that is ENXIO. */
  private open(): Promise<FileHandle> {
    return open(this.pipe, constants.O_WRONLY | constants.O_NONBLOCK);
  }

  private state(): Promise<string> {
    return readFile(`${this.pipe}.state`, 'utf8').then(
      (text) => text.trim(),
      () => '',
    );
  }
}
