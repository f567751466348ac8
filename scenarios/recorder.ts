import encoding from 'k6/encoding';
import { JSON_PREFIX, statusWord, ROW_BYTES, ROW_PREFIX, ROW_WORDS } from '../src/formats/recording.ts';
import type { RareEvent } from '../src/formats/recording.ts';
import { withoutSecrets } from './secrets.ts';

/** Rows per line at most. More would save little CPU and lose more when k6 is killed. */
const ROWS_PER_LINE = 64;

export interface Recorder {
  /**
   * Adds a row by its twelve words (src/formats/recording.ts), because an object per row would cost property look-ups.
   */
  add(
    row: number,
    startMs: number,
    totalUs: number,
    resolveUs: number,
    blockedUs: number,
    waitingUs: number,
    serverUs: number,
    answer: number,
    route: number,
    state: number,
    recordVersion: number,
    bytes: number,
  ): void;
  /** Sets the error and further flags (below 256) of the row added last, which must not have been flushed. */
  amend(error: number, state: number): void;
  flush(): void;
  rare(event: RareEvent): void;
}

/** Fields with text from responses and k6, which may repeat a secret of an address or a header. */
const TEXT_FIELDS = new Set(['text', 'message', 'value']);
const clean = (name: string, value: unknown): unknown =>
  typeof value === 'string' && TEXT_FIELDS.has(name) ? withoutSecrets(value) : value;

/**
 * Packs rows of one client and writes them to k6's console, which the harness has redirected to the recording. `--out
 * json` costs far more CPU per request; a packed line costs next to nothing (docs/benchmarks.md).
 */
export function createRecorder(): Recorder {
  // A local variable, which k6's engine reads far faster than a property (client.ts).
  const { b64encode } = encoding;
  const words = new Uint32Array(ROWS_PER_LINE * ROW_WORDS);
  const { buffer, length } = words;
  let at = 0;
  const flush = (): void => {
    if (at === 0) return;
    // Not a local variable: k6 replaces its console when the iteration of a virtual user begins.
    console.log(ROW_PREFIX + b64encode(buffer.slice(0, (at / ROW_WORDS) * ROW_BYTES)));
    at = 0;
  };
  return {
    add(row, startMs, totalUs, resolveUs, blockedUs, waitingUs, serverUs, answer, route, state, recordVersion, bytes) {
      // Flush before and not after adding, so that the last row can be amended.
      if (at === length) flush();
      words[at] = row;
      words[at + 1] = startMs;
      words[at + 2] = totalUs;
      words[at + 3] = resolveUs;
      words[at + 4] = blockedUs;
      words[at + 5] = waitingUs;
      words[at + 6] = serverUs;
      words[at + 7] = answer;
      words[at + 8] = route;
      words[at + 9] = state;
      words[at + 10] = recordVersion;
      words[at + 11] = bytes;
      at += ROW_WORDS;
    },
    amend(error, state) {
      const last = at - ROW_WORDS;
      words[last + 7] = statusWord(words[last + 7]! & 0xffff, error);
      words[last + 9]! |= state << 8;
    },
    flush,
    rare(event) {
      console.log(JSON_PREFIX + JSON.stringify(event, clean));
    },
  };
}
