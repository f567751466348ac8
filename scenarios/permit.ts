import http from 'k6/http';

export interface Permits {
  /** Whether an attempt more may leave `inMs` from now; its place is taken then. */
  mayLeaveIn(inMs: number): boolean;
  /**
   * How long to wait for a place, ms; it is taken. `dueMs` is when a late request was due: it gives that place back.
   */
  waitMs(dueMs: number | null): number;
}

/**
 * Asks the harness for what the timetable does not hold. Without an answer there is no permit: the limit of a target is
 * kept whatever happens.
 */
export function createPermits(harnessUrl: string): Permits {
  const ask = (query: string): number => {
    const response = http.get(`${harnessUrl}/permit?${query}`, { responseType: 'text', timeout: 5_000 });
    return response.status === 200 ? (JSON.parse(response.body) as { waitMs: number }).waitMs : -1;
  };
  return {
    mayLeaveIn: (inMs) => ask(`in=${Math.round(inMs)}&now`) === 0,
    waitMs(dueMs) {
      const waitMs = ask(dueMs === null ? 'in=0' : `in=0&due=${dueMs}`);
      return waitMs < 0 ? Infinity : waitMs;
    },
  };
}
