/** Reads a recording as a stream: one line at a time becomes a string, and the buffer of its rows is reused. */
import { createReadStream } from 'node:fs';
import { JSON_PREFIX, type RareEvent, ROW_BYTES, ROW_PREFIX } from '../../../src/formats/recording.ts';

/** Base64 letters of one row: 48 bytes are 64 letters without padding. */
const ROW_LETTERS = (ROW_BYTES / 3) * 4;
const NEWLINE = 10;
const CHUNK_BYTES = 1 << 20;
/** Malformed lines that are listed; the rest is counted. */
const MAX_LISTED_LINES = 5;

export interface RecordingFacts {
  rows: number;
  /** Lines that are not ours: output of a journey or of k6. */
  foreignLines: number;
  malformedLines: number;
  /** The first of them, `line 12: 63 letters are not a whole number of rows`. */
  malformed: string[];
  /** Bytes of a truncated last line after its whole rows; 0 if the file ends with a newline. */
  tornBytes: number;
}

/**
 * Streams the recording at `path`. `onRows` gets the words of a line's rows (valid only during the call) and their
 * number; `onRare` the JSON events. A torn last line yields its whole rows; a malformed line elsewhere is counted.
 */
export async function readRecording(
  path: string,
  onRows: (words: Uint32Array, rows: number) => void,
  onRare: (event: RareEvent) => void = () => {},
): Promise<RecordingFacts> {
  const facts: RecordingFacts = { rows: 0, foreignLines: 0, malformedLines: 0, malformed: [], tornBytes: 0 };
  let lineNumber = 0;
  let scratch = Buffer.from(new ArrayBuffer(256 * ROW_BYTES));
  let words = new Uint32Array(scratch.buffer);

  const reportMalformed = (why: string): void => {
    facts.malformedLines++;
    if (facts.malformed.length < MAX_LISTED_LINES) facts.malformed.push(`line ${lineNumber}: ${why}`);
  };
  const decode = (bytes: Buffer, from: number, rows: number): boolean => {
    if (rows * ROW_BYTES > scratch.length) {
      scratch = Buffer.from(new ArrayBuffer(rows * ROW_BYTES * 2));
      words = new Uint32Array(scratch.buffer);
    }
    const letters = bytes.toString('latin1', from, from + rows * ROW_LETTERS);
    return scratch.write(letters, 'base64') === rows * ROW_BYTES;
  };
  const line = (bytes: Buffer, from: number, to: number, whole: boolean): void => {
    lineNumber++;
    const prefix = bytes.toString('latin1', from, Math.min(to, from + ROW_PREFIX.length));
    if (prefix === ROW_PREFIX) {
      const start = from + ROW_PREFIX.length;
      const rows = Math.floor((to - start) / ROW_LETTERS);
      const rest = to - start - rows * ROW_LETTERS;
      if (whole && (rest !== 0 || rows === 0))
        return reportMalformed(`${to - start} letters are not a whole number of rows`);
      if (!whole) facts.tornBytes = rest;
      if (rows === 0) return;
      if (!decode(bytes, start, rows)) return reportMalformed('not base64');
      facts.rows += rows;
      onRows(words, rows);
    } else if (prefix === JSON_PREFIX) {
      try {
        onRare(JSON.parse(bytes.toString('utf8', from + JSON_PREFIX.length, to)) as RareEvent);
      } catch {
        if (whole) reportMalformed('not JSON');
        else facts.tornBytes = to - from;
      }
    } else if (whole) facts.foreignLines++;
    else facts.tornBytes = to - from;
  };

  let carry = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
    const bytes = carry.length > 0 ? Buffer.concat([carry, chunk as Buffer]) : (chunk as Buffer);
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      line(bytes, from, end, true);
      from = end + 1;
    }
    carry = Buffer.from(bytes.subarray(from));
  }
  if (carry.length > 0) line(carry, 0, carry.length, false);
  return facts;
}
