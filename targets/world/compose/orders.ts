/** Controls a server in its own container, through supervise.sh there. */
import { constants } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Handle } from '../kit/ground.ts';
import { ORDERS_DIRECTORY } from './layout.ts';

const TIMEOUT_MS = 10_000;
const POLL_EVERY_MS = 10;

export class Supervised implements Handle {
  readonly service: string;
  private readonly stopSignal: 'KILL' | 'QUIT';
  private readonly pipe: string;
  private count = 0;
  isStopped = false;

  /** `stopSignal` is the signal that stops it: QUIT for PostgreSQL, KILL for everything else. */
  constructor(service: string, stopSignal: 'KILL' | 'QUIT', directory = ORDERS_DIRECTORY) {
    this.service = service;
    this.stopSignal = stopSignal;
    this.pipe = join(directory, service);
  }

  async end(): Promise<void> {
    await this.order(`stop ${this.stopSignal}`);
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

  /** Restarts it if it was stopped. Resolves before it serves. */
  async start(): Promise<void> {
    if (!this.isStopped) return;
    await this.order('start');
    this.isStopped = false;
  }

  /** Whether it exited unexpectedly, alone or with its container. */
  async isLost(): Promise<boolean> {
    const state = await this.state();
    return state === '- ended' || (state !== '' && !(await this.isRead()));
  }

  /** A container that was killed reports nothing, but its pipe has no reader any more. */
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
    const deadlineMs = performance.now() + TIMEOUT_MS;
    for (;;) {
      const state = await this.state();
      if (state.startsWith(`${number} `)) return;
      if (state === '- ended') throw new Error(`${this.service} exited unexpectedly`);
      if (performance.now() > deadlineMs) {
        const last = state ? `its last state is "${state}"` : 'it has reported no state';
        throw new Error(`${this.service} did not ${what} within ${TIMEOUT_MS / 1000} s; ${last}`);
      }
      await pause(POLL_EVERY_MS);
    }
  }

  /** Non-blocking: without a reader it rejects with ENXIO. */
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
