import encoding from 'k6/encoding';
import { JSON_PREFIX, answerWord, ROW_BYTES, ROW_PREFIX, ROW_WORDS } from '../src/formats/recording.ts';
import type { RareEvent } from '../src/formats/recording.ts';
import { withoutSecrets } from './secrets.ts';

/** Rows that wait at most for one line. More would save little CPU and lose more when k6 is killed. */
const ROWS_PER_LINE = 64;

export interface Recorder {
  /** Adds a row by its twelve words (src/formats/recording.ts): an object per row would cost its property look-ups. */
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
  /** Changes the row added last, which must not have been flushed: its error, and more flags (those below 256). */
  amend(error: number, state: number): void;
  flush(): void;
  rare(event: RareEvent): void;
}

/**
 * What comes from answers and from k6 may repeat an address or a header that holds a secret; figures are left alone.
 */
const WORDS = new Set(['text', 'message', 'value']);
const clean = (name: string, value: unknown): unknown =>
  typeof value === 'string' && WORDS.has(name) ? withoutSecrets(value) : value;

/**
 * Packs rows of one client and hands them to k6's console, which the harness has pointed at the recording. Writing
 * through `--out json` costs far more CPU a request; a packed line costs next to nothing (docs/benchmarks.md).
 */
export function createRecorder(): Recorder {
  // In the scope of the loop, which k6's engine reaches far faster than a property (client.ts).
  const { b64encode } = encoding;
  const words = new Uint32Array(ROWS_PER_LINE * ROW_WORDS);
  const { buffer, length } = words;
  let at = 0;
  const flush = (): void => {
    if (at === 0) return;
    // By name at each use: until a virtual user's life begins, k6's console is another one.
    console.log(ROW_PREFIX + b64encode(buffer.slice(0, (at / ROW_WORDS) * ROW_BYTES)));
    at = 0;
  };
  return {
    add(row, startMs, totalUs, resolveUs, blockedUs, waitingUs, serverUs, answer, route, state, recordVersion, bytes) {
      // Before and not after: the last row stays, so that it can be amended.
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
      words[last + 7] = answerWord(words[last + 7]! & 0xffff, error);
      words[last + 9]! |= state << 8;
    },
    flush,
    rare(event) {
      console.log(JSON_PREFIX + JSON.stringify(event, clean));
    },
  };
}
