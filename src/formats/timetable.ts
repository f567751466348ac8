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
 * The first named of two halves of a word stands in its low bits. `operation`, `tenant` are indices into
 * RunPlan.operations and RunPlan.tenants. A row's number (its place in the file) is its identity everywhere: in the
 * recording, in trace ids, in reports.
 */
export const TIMETABLE_ROW_BYTES = 16;

/** Words (u32) of one row. */
export const TIMETABLE_ROW_WORDS = 4;

export const ROW_FLAG = {
  /** First request of a session: a person arrives. */
  sessionStart: 1,
} as const;

/** How a client treats names and connections (DESIGN section 6). The index is what files store. */
export const COHORTS = ['fresh', 'ttl', 'sticky', 'direct'] as const;
export type Cohort = (typeof COHORTS)[number];

/** What a client does after a request that was not answered, or with 502, 503 or 504 (scenarios/retry.ts). */
export interface Retries {
  /** Attempts after the first. */
  most: number;
  /** Longest pause before the first of them, ms; each further one twice that. */
  backoffMs: number;
}

export const NO_RETRIES: Retries = { most: 0, backoffMs: 0 };

/**
 * What a client is there for. `mix` clients are the population; the others are declared extra requests that never
 * enter mix figures: `probe` stands in a region (vantage `region`), `topup` adds evidence to a small cell from a
 * city, `tracer` writes and reads one known record to measure staleness, `control` asks the harness's own echo, `clock`
 * asks every 100 ms from an affected city, per cohort, so that the failover clock has a resolution, `ledger` writes
 * from every region what is looked for everywhere at the end, `session` stands in every region and writes, reads and
 * deletes records of its own, one visit each, so that read-your-writes and monotonic reads can be judged, `cart` edits
 * from every region the same few carts.
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
