import encoding from 'k6/encoding';
import { JSON_PREFIX, ROW_BYTES, ROW_PREFIX, ROW_WORDS } from '../src/formats/recording.ts';
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
  flush(): void;
  rare(event: RareEvent): void;
}

/** Errors repeat addresses, and an address may hold a secret. */
const clean = (name: string, value: unknown): unknown =>
  typeof value === 'string' && name !== 'kind' ? withoutSecrets(value) : value;

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
      if (at === length) flush();
    },
    flush,
    rare(event) {
      console.log(JSON_PREFIX + JSON.stringify(event, clean));
    },
  };
}
