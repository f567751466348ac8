/**
 * The recording: the result of every request. The player writes it through k6's console, one line per batch; the
 * harness tails the same bytes and the judge reads them. Runs in k6 and in Node, so it uses neither's modules.
 *
 *   @r <base64 of a little-endian Uint32Array, a whole number of 12-word rows>
 *   @j <JSON of a RareEvent>
 *   anything else   console.log of a journey, or output of k6: kept, never parsed as rows
 *
 * Row, 12 x u32:
 *   0 timetable row   1 startMs since T0   2 totalUs   3 resolveUs   4 blockedUs (connect + TLS)   5 waitingUs
 *   6 serverUs (Server-Timing)   7 status u16 | error u16 << 16
 *   8 requested region u8 | served region u8 << 8 | source u8 << 16 | attempt u8 << 24
 *   9 api version u8 | flags u8 << 8 | step u8 << 16 | more flags u8 << 24   10 record version   11 bytes
 *
 * startMs is when the client begins the row, before the name look-up. totalUs is from sending to the last byte,
 * connecting included, without the look-up (resolveUs). User-perceived latency is `latencyUs` below: from the due time.
 * A line holds rows of one client only, in order, and the lines of each client are in order in the file.
 */

export const ROW_WORDS = 12;
export const ROW_BYTES = ROW_WORDS * 4;
export const ROW_PREFIX = '@r ';
export const JSON_PREFIX = '@j ';

/** Region index for an unknown region: no response, or one that does not name its region. */
export const NO_REGION = 255;

/** Where the data of a response came from. Files store the index. */
export const SOURCES = ['unknown', 'primary', 'replica', 'cache', 'edge', 'none'] as const;

export type DataSource = (typeof SOURCES)[number];

export const ROW_STATE = {
  newConnection: 1,
  /** Go re-dialled a warm connection on its own: the request may have been sent twice. */
  redial: 2,
  /** The run was stopped while this request was in flight; its outcome is not the target's. */
  interrupted: 4,
  /** The client's earlier request was not finished when this one was due. */
  clientBlocked: 8,
  /** An unexpected status, a failed check of the body, or no response. */
  bad: 16,
  /** Another attempt of the same request follows, so this is not the result that its client got. */
  retried: 32,
  /** At least one redirect was followed. */
  redirected: 64,
  /** The response named the version of its record, which may be 0. */
  versioned: 128,
  /**
   * The target's rate limit had no room: the client had to wait before this row, or an attempt or redirect was not
   * made.
   */
  heldBack: 256,
} as const;

/** Steps of a journey that a row can number. */
export const MAX_STEPS = 256;

/** Word 10 for a version that does not fit: a RareEvent has its digits. */
export const LONG_VERSION = 0xffffffff;

/** Why there was no response, or a bad one. Files store the index; classes follow k6's error_code families. */
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
  /** The response ended before it was complete. */
  'cut-short',
  /** The response was not HTTP that k6 supports. */
  'protocol',
  /** A redirect was not followed. */
  'redirect',
  /** An expected status, but the check of the body failed. */
  'answer',
  /** Never sent, because the client's earlier requests took until the end of the run. */
  'not-sent',
  /** The generator's machine had no port or file handle left. */
  'generator',
] as const;
export type ErrorKind = (typeof ERRORS)[number];

/** One unpacked row. */
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
  requestedRegion: number;
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
export const statusWord = (status: number, error: number): number => (status & 0xffff) | ((error & 0xffff) << 16);

/** Word 8. */
export const routeWord = (asked: number, served: number, source: number, attempt: number): number =>
  (asked & 0xff) | ((served & 0xff) << 8) | ((source & 0xff) << 16) | ((attempt & 0xff) << 24);

/** Word 9. */
export const stateWord = (apiVersion: number, state: number, step: number): number =>
  (apiVersion & 0xff) | ((state & 0xff) << 8) | ((step & 0xff) << 16) | ((state >>> 8) << 24);

/** Writes one row into `words` at row index `at`. */
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
      statusWord(r.status, r.error),
      routeWord(r.requestedRegion, r.servedRegion, r.source, r.attempt),
      stateWord(r.apiVersion, r.state, r.step),
      r.recordVersion,
      r.bytes,
    ],
    at * ROW_WORDS,
  );
}

/** Reads row `at` of `words` into `into` (reused by streaming readers) and returns it. */
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
  into.requestedRegion = w8 & 0xff;
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
  requestedRegion: NO_REGION,
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
 * User-perceived latency, microseconds: from the due time to the last byte, name look-up included. Later steps of a
 * journey, and retries, have no due time of their own and count from their start.
 */
export function latencyUs(r: RecordedRow, dueMs: number): number {
  const waitedUs = r.step === 0 && r.attempt === 0 && r.startMs > dueMs ? (r.startMs - dueMs) * 1000 : 0;
  return waitedUs + r.resolveUs + r.totalUs;
}

/**
 * Counted values of responses that rows have no room for:
 *   unknown-region   a region name that the target does not have, in the header that names the region
 *   unread-version   a record version that is not a whole number
 *   redirect         status and target path of a redirect
 *   retry-after      Retry-After of a 403, 429 or 503
 */
export const TALLIES = ['unknown-region', 'unread-version', 'redirect', 'retry-after'] as const;
export type TallyKind = (typeof TALLIES)[number];

/** How often a client got `value`; `operation` is an index of the plan. */
export interface TallyCount {
  tally: TallyKind;
  operation: number;
  value: string;
  count: number;
}

/** Rare events that do not fit a row; JSON lines between the rows. */
export type RareEvent =
  | { kind: 'script-error'; row: number; message: string }
  /**
   * Error text of the client library, or what was wrong with the response; only the first of equal ones in sequence.
   */
  | { kind: 'error'; row: number; error: number; text: string }
  /** A record version that does not fit its row. */
  | { kind: 'version'; row: number; step: number; attempt: number; digits: string }
  /** The counts of one client, at its end. */
  | { kind: 'tally'; row: number; counts: TallyCount[] }
  | { kind: 'stopped'; client: number; nextRow: number; atMs: number }
  /** Data that a journey records on its row; the reader of notes of this name defines them (claims/measures). */
  | { kind: 'note'; name: string; row: number; said: Record<string, unknown> };
