/**
 * The recording: what happened to every request. The player writes it through k6's console, one line a batch; the
 * harness tails the same bytes and the judge reads them. Runs in k6 and in Node, so it uses neither's modules.
 *
 *   @r <base64 of a little-endian Uint32Array, a whole number of 12-word rows>
 *   @j <JSON of a RareEvent>
 *   anything else   a journey's own console.log, or k6's own words: kept, never parsed as rows
 *
 * Row, 12 x u32:
 *   0 timetable row   1 startMs since T0   2 totalUs   3 resolveUs   4 blockedUs (connect + TLS)   5 waitingUs
 *   6 serverUs (Server-Timing)   7 status u16 | error u16 << 16
 *   8 asked region u8 | served region u8 << 8 | source u8 << 16 | attempt u8 << 24
 *   9 api version u8 | flags u8 << 8 | step u8 << 16 | more flags u8 << 24   10 record version   11 bytes
 *
 * startMs is the instant the client begins with the row (before the name look-up). totalUs runs from sending to the
 * last byte, connecting included; resolveUs, the name look-up before it, is not part of it. Latency as a person feels
 * it is `latencyUs` below: from the due time. A line holds rows of one client only, in the order they happened, and
 * each client's lines stand in order in the file.
 */

export const ROW_WORDS = 12;
export const ROW_BYTES = ROW_WORDS * 4;
export const ROW_PREFIX = '@r ';
export const JSON_PREFIX = '@j ';

/** Region index of "no region known": no answer, or an answer that did not say. */
export const NO_REGION = 255;

/** Where the data of an answer came from. The index is what files store. */
export const SOURCES = ['unknown', 'primary', 'replica', 'cache', 'edge', 'none'] as const;

export const ROW_STATE = {
  newConnection: 1,
  /** A warm connection was re-dialled by Go behind our back: the request may have been sent twice. */
  redial: 2,
  /** The run was stopped while this request was in flight; its outcome is not the target's. */
  interrupted: 4,
  /** The client's earlier request was not done when this one was due. */
  clientBlocked: 8,
  /** The status is not one that the operation expects, or there was no answer. */
  bad: 16,
  /** Another attempt of the same request follows: this one is not what its client got in the end. */
  retried: 32,
  /** The answer came by at least one redirect. */
  redirected: 64,
  /** The answer said a version of its record, which may be 0. */
  versioned: 128,
  /**
   * The target's limit on requests was used up: its client had to wait before this row, or an attempt or redirect was
   * not made.
   */
  heldBack: 256,
} as const;

/** Steps of a journey that a row can tell apart. */
export const MAX_STEPS = 256;

/** Word 10 of a version that does not fit: a RareEvent has its digits. */
export const LONG_VERSION = 0xffffffff;

/** Why there was no answer, or a bad one. The index is what files store; classes follow k6's error_code families. */
export const ERRORS = [
  'none',
  'other',
  'dns',
  'refused',
  'reset',
  'timeout',
  'tls',
  'http-4xx',
  'http-5xx',
  'script',
  'resolve',
  /** The answer ended before it was whole. */
  'cut-short',
  /** What came was no HTTP that k6 understands. */
  'protocol',
  /** A redirect that is not followed. */
  'redirect',
  /** The status was as expected, the content was not. */
  'answer',
  /** Due, and never sent: the client's earlier requests took until the end of the run. */
  'not-sent',
  /** The generator's own machine had no port or file handle left. */
  'generator',
] as const;
export type ErrorKind = (typeof ERRORS)[number];

/** One row, unpacked. All times are in the unit of their name. */
export interface RecordedRow {
  row: number;
  startMs: number;
  totalUs: number;
  resolveUs: number;
  blockedUs: number;
  waitingUs: number;
  serverUs: number;
  status: number;
  error: number;
  askedRegion: number;
  servedRegion: number;
  source: number;
  attempt: number;
  apiVersion: number;
  state: number;
  step: number;
  recordVersion: number;
  bytes: number;
}

/** Word 7. */
export const answerWord = (status: number, error: number): number => (status & 0xffff) | ((error & 0xffff) << 16);

/** Word 8. */
export const routeWord = (asked: number, served: number, source: number, attempt: number): number =>
  (asked & 0xff) | ((served & 0xff) << 8) | ((source & 0xff) << 16) | ((attempt & 0xff) << 24);

/** Word 9. */
export const stateWord = (apiVersion: number, state: number, step: number): number =>
  (apiVersion & 0xff) | ((state & 0xff) << 8) | ((step & 0xff) << 16) | ((state >>> 8) << 24);

/** Writes one row into `words` at row place `at`. */
export function packRow(words: Uint32Array, at: number, r: RecordedRow): void {
  words.set(
    [
      r.row,
      r.startMs,
      r.totalUs,
      r.resolveUs,
      r.blockedUs,
      r.waitingUs,
      r.serverUs,
      answerWord(r.status, r.error),
      routeWord(r.askedRegion, r.servedRegion, r.source, r.attempt),
      stateWord(r.apiVersion, r.state, r.step),
      r.recordVersion,
      r.bytes,
    ],
    at * ROW_WORDS,
  );
}

/** Reads row place `at` of `words` into `into` (reused by streaming readers) and returns it. */
export function unpackRow(words: Uint32Array, at: number, into: RecordedRow): RecordedRow {
  const o = at * ROW_WORDS;
  const w7 = words[o + 7]!;
  const w8 = words[o + 8]!;
  const w9 = words[o + 9]!;
  into.row = words[o]!;
  into.startMs = words[o + 1]!;
  into.totalUs = words[o + 2]!;
  into.resolveUs = words[o + 3]!;
  into.blockedUs = words[o + 4]!;
  into.waitingUs = words[o + 5]!;
  into.serverUs = words[o + 6]!;
  into.status = w7 & 0xffff;
  into.error = w7 >>> 16;
  into.askedRegion = w8 & 0xff;
  into.servedRegion = (w8 >>> 8) & 0xff;
  into.source = (w8 >>> 16) & 0xff;
  into.attempt = w8 >>> 24;
  into.apiVersion = w9 & 0xff;
  into.state = ((w9 >>> 8) & 0xff) | ((w9 >>> 24) << 8);
  into.step = (w9 >>> 16) & 0xff;
  into.recordVersion = words[o + 10]!;
  into.bytes = words[o + 11]!;
  return into;
}

export const emptyRow = (): RecordedRow => ({
  row: 0,
  startMs: 0,
  totalUs: 0,
  resolveUs: 0,
  blockedUs: 0,
  waitingUs: 0,
  serverUs: 0,
  status: 0,
  error: 0,
  askedRegion: NO_REGION,
  servedRegion: NO_REGION,
  source: 0,
  attempt: 0,
  apiVersion: 0,
  state: 0,
  step: 0,
  recordVersion: 0,
  bytes: 0,
});

/**
 * Latency in microseconds as the person felt it: from the due instant to the last byte, name look-up included.
 * Steps after the first of a journey, and second attempts, have no due time of their own: they count from their start.
 */
export function latencyUs(r: RecordedRow, dueMs: number): number {
  const waitedUs = r.step === 0 && r.attempt === 0 && r.startMs > dueMs ? (r.startMs - dueMs) * 1000 : 0;
  return waitedUs + r.resolveUs + r.totalUs;
}

/**
 * What answers said that no row has room for:
 *   unknown-region   a name of no region of the target, in the header that names the region
 *   unread-version   a version that is no whole number
 *   redirect         status and path that a redirect led to, of an operation
 *   retry-after      a Retry-After beside 403, 429 or 503
 */
export const TALLIES = ['unknown-region', 'unread-version', 'redirect', 'retry-after'] as const;
export type TallyKind = (typeof TALLIES)[number];

/** How often a client was told `value`; `operation` is an index of the plan. */
export interface TallyCount {
  tally: TallyKind;
  operation: number;
  value: string;
  count: number;
}

/** Rare things that do not fit a row; JSON lines beside the rows. */
export type RareEvent =
  | { kind: 'script-error'; row: number; message: string }
  /**
   * What the client library said of a request without an answer, or what was wrong with its answer; of a client's equal
   * ones the first.
   */
  | { kind: 'error'; row: number; error: number; text: string }
  /** The version that an answer said, where it does not fit its row. */
  | { kind: 'version'; row: number; step: number; attempt: number; digits: string }
  /** What one client counted over its whole life, at its end. */
  | { kind: 'tally'; row: number; counts: TallyCount[] }
  | { kind: 'stopped'; client: number; nextRow: number; atMs: number }
  /** What a journey says of its row; who reads notes of that name says what is in them (claims/measures). */
  | { kind: 'note'; name: string; row: number; said: Record<string, unknown> };
