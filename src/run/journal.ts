import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { type AntipodeError, brokenError } from '../errors.ts';
import type { JournalEvent, JournalLine } from '../formats/journal.ts';

/** Writes journal.jsonl: every line is on disk before the call returns, so before the action it announces. */
export class Journal {
  /** Resolves with the first write error; never rejects. Later lines may be missing. */
  readonly failed: Promise<AntipodeError>;
  private readonly path: string;
  private readonly fd: number;
  private resolveFailed: (error: AntipodeError) => void = () => {};
  private seq = 0;
  private t0Ms: number | null = null;
  /** The last line is incomplete. */
  private isTorn = false;

  constructor(path: string) {
    this.path = path;
    this.fd = openSync(path, 'wx');
    this.failed = new Promise((resolve) => (this.resolveFailed = resolve));
  }

  /** From now on lines carry milliseconds since `epochMs`. */
  startClock(epochMs: number): void {
    this.t0Ms = epochMs;
  }

  /** Broken-harness error (exit 4) if the line is not on disk: the action it announces must not happen. */
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
      this.resolveFailed(failure);
      throw failure;
    }
    this.seq += 1;
  }

  /** As `write`, but does not throw: an undo must happen even if the disk is full. `failed` reports a lost line. */
  note(event: JournalEvent): void {
    try {
      this.write(event);
    } catch {
      // Reported by `failed`.
    }
  }

  close(): void {
    closeSync(this.fd);
  }

  /** A full disk can take part of a line without an error; the next line then starts on a new line. */
  private put(line: string): void {
    const bytes = Buffer.from(this.isTorn ? `\n${line}` : line);
    for (let at = 0; at < bytes.length;) {
      at += writeSync(this.fd, bytes, at);
      this.isTorn = at < bytes.length;
    }
  }
}
