/**
 * The timetable: which request of which client is due when. Written by `src/plan`, read by the player inside k6
 * and by the judge. Times are whole milliseconds since T0.
 *
 *   timetable.bin   for client 0, 1, 2 … a contiguous block of 16-byte rows, little-endian, ordered by due time:
 *                   ┌────────────┬───────────────┬────────────┬─────────┬───────────────────────────┐
 *                   │ dueMs u32  │ operation u16 │ tenant u16 │ key u32 │ session u24 | flags u8    │
 *                   └────────────┴───────────────┴────────────┴─────────┴───────────────────────────┘
 *   timetable.json  TimetableIndex: the client table as columns
 *
 * Within a word the field named first is in the low bits. `operation` and `tenant` are indices into RunPlan.operations
 * and RunPlan.tenants. A row's number (its position in the file) identifies it everywhere: in the recording, in trace
 * ids, in reports.
 */
export const TIMETABLE_ROW_BYTES = 16;

/** Words (u32) of one row. */
export const TIMETABLE_ROW_WORDS = 4;

export const ROW_FLAG = {
  /** First request of a session: a new user. */
  sessionStart: 1,
} as const;

/** How a client treats DNS answers and connections (DESIGN section 6). Files store the index. */
export const COHORTS = ['fresh', 'ttl', 'sticky', 'direct'] as const;
export type Cohort = (typeof COHORTS)[number];

/** How a client retries a request without a response, or with 502, 503 or 504 (scenarios/retry.ts). */
export interface Retries {
  /** Attempts after the first. */
  max: number;
  /** Longest pause before the first retry, ms; it doubles with each further one. */
  backoffMs: number;
}

export const NO_RETRIES: Retries = { max: 0, backoffMs: 0 };

/**
 * The purpose of a client. `mix` clients are the population; the others are declared extra requests that never enter
 * mix figures:
 *   probe     sends from inside a region (vantage `region`)
 *   topup     adds evidence to a small cell from a city
 *   tracer    writes and reads one known record to measure staleness
 *   control   requests the harness's own echo
 *   clock     sends every 100 ms from an affected city, per cohort: the resolution of the failover clock
 *   ledger    writes from every region what is read everywhere at the end
 *   session   writes, reads and deletes records of its own in every region, for read-your-writes and monotonic reads
 *   cart      edits the same few carts from every region
 */
export const CLIENT_ROLES = [
  'mix',
  'probe',
  'topup',
  'tracer',
  'control',
  'clock',
  'ledger',
  'session',
  'cart',
] as const;
export type ClientRole = (typeof CLIENT_ROLES)[number];

/** The client table, as columns of equal length; client c owns rows firstRow[c] … firstRow[c] + rows[c] - 1. */
export interface TimetableIndex {
  version: 1;
  totalRows: number;
  clients: {
    firstRow: number[];
    rows: number[];
    /** Index into RunPlan.origins. */
    origin: number[];
    /** Index into COHORTS. */
    cohort: number[];
    /** Index into CLIENT_ROLES. */
    role: number[];
  };
}
