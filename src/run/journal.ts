import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import type { JournalEvent, JournalLine } from '../formats/journal.ts';

/** Writes journal.jsonl: every line is on disk before the call returns, so before what it announces takes effect. */
export class Journal {
  private readonly fd: number;
  private seq = 0;
  private t0Ms: number | null = null;

  constructor(path: string) {
    this.fd = openSync(path, 'wx');
  }

  /** From now on lines carry milliseconds since `epochMs`. */
  startClock(epochMs: number): void {
    this.t0Ms = epochMs;
  }

  write(event: JournalEvent): void {
    const now = Date.now();
    const line: JournalLine = {
      seq: this.seq,
      at: new Date(now).toISOString(),
      ms: this.t0Ms === null ? null : now - this.t0Ms,
      event,
    };
    this.seq += 1;
    writeSync(this.fd, `${JSON.stringify(line)}\n`);
    fsyncSync(this.fd);
  }

  close(): void {
    closeSync(this.fd);
  }
}
