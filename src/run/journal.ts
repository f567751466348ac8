import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { type AntipodeError, brokenError } from '../errors.ts';
import type { JournalEvent, JournalLine } from '../formats/journal.ts';

/** Writes journal.jsonl: every line is on disk before the call returns, so before what it announces takes effect. */
export class Journal {
  /** Resolves with the first error that kept a line from the disk; never rejects. What comes after it is not known. */
  readonly failed: Promise<AntipodeError>;
  private readonly path: string;
  private readonly fd: number;
  private tellFailed: (error: AntipodeError) => void = () => {};
  private seq = 0;
  private t0Ms: number | null = null;
  /** The last line is not whole. */
  private isTorn = false;

  constructor(path: string) {
    this.path = path;
    this.fd = openSync(path, 'wx');
    this.failed = new Promise((resolve) => (this.tellFailed = resolve));
  }

  /** From now on lines carry milliseconds since `epochMs`. */
  startClock(epochMs: number): void {
    this.t0Ms = epochMs;
  }

  /** Broken-harness error (exit 4) if the line is not on disk: what it announces must not take effect. */
  write(event: JournalEvent): void {
    const now = Date.now();
    const line: JournalLine = {
      seq: this.seq,
      at: new Date(now).toISOString(),
      ms: this.t0Ms === null ? null : now - this.t0Ms,
      event,
    };
    try {
      this.put(`${JSON.stringify(line)}\n`);
      fsyncSync(this.fd);
    } catch (error) {
      const failure = brokenError({
        what: 'the journal cannot be written, so this run cannot be judged',
        where: this.path,
        got: (error as Error).message,
        next: 'Free some space there, or set ANTIPODE_RUNS to another disk, and run again.',
        cause: error,
      });
      this.tellFailed(failure);
      throw failure;
    }
    this.seq += 1;
  }

  /** As `write`, for what must happen all the same: an undo does not wait for a disk. `failed` tells if it was lost. */
  note(event: JournalEvent): void {
    try {
      this.write(event);
    } catch {
      // `failed` says so.
    }
  }

  close(): void {
    closeSync(this.fd);
  }

  /** A disk that fills up takes a part of a line without a word; the next line then begins on its own. */
  private put(line: string): void {
    const bytes = Buffer.from(this.isTorn ? `\n${line}` : line);
    for (let at = 0; at < bytes.length;) {
      at += writeSync(this.fd, bytes, at);
      this.isTorn = at < bytes.length;
    }
  }
}
