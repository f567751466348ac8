import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { ROW_BYTES, ROW_PREFIX, emptyRow, unpackRow } from '../formats/recording.ts';
import type { RecordedRow } from '../formats/recording.ts';

const CHUNK_BYTES = 1 << 20;

/** Tails a recording for the live view and guards: the same bytes that are judged later. */
export class RecordingTail {
  private readonly path: string;
  private readonly onRow: (row: RecordedRow) => void;
  private file: FileHandle | undefined;
  private offset = 0;
  private rest = Buffer.alloc(0);
  private readonly row = emptyRow();

  constructor(path: string, onRow: (row: RecordedRow) => void) {
    this.path = path;
    this.onRow = onRow;
  }

  /** Reads what was appended since the last call. A row passed to `onRow` is valid only during that call. */
  async read(): Promise<void> {
    this.file ??= await open(this.path).catch(() => undefined);
    if (!this.file) return;
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await this.file.read(chunk, 0, CHUNK_BYTES, this.offset);
      if (bytesRead === 0) return;
      this.offset += bytesRead;
      this.take(Buffer.concat([this.rest, chunk.subarray(0, bytesRead)]));
    }
  }

  private take(bytes: Buffer): void {
    let from = 0;
    for (let end = bytes.indexOf(10, from); end >= 0; end = bytes.indexOf(10, from)) {
      const line = bytes.subarray(from, end).toString('latin1');
      from = end + 1;
      if (line.startsWith(ROW_PREFIX)) this.rows(Buffer.from(line.slice(ROW_PREFIX.length), 'base64'));
    }
    this.rest = Buffer.from(bytes.subarray(from));
  }

  private rows(bytes: Buffer): void {
    const words = new Uint32Array(Math.floor(bytes.length / 4));
    new Uint8Array(words.buffer).set(bytes.subarray(0, words.length * 4));
    for (let i = 0; (i + 1) * ROW_BYTES <= bytes.length; i += 1) this.onRow(unpackRow(words, i, this.row));
  }

  async close(): Promise<void> {
    await this.file?.close();
  }
}
