import http from 'k6/http';

export interface Permits {
  /** Whether another attempt may be sent `inMs` from now; if so, a permit is taken. */
  mayLeaveIn(inMs: number): boolean;
  /** Takes a permit and returns how long to wait for it, ms. A late request that was due at `dueMs` frees that slot. */
  waitMs(dueMs: number | null): number;
}

/**
 * Gets permits from the harness for requests that the timetable does not hold. Without a response there is no permit,
 * so that the rate limit of a target is kept whatever happens.
 */
export function createPermits(harnessUrl: string): Permits {
  const get = (query: string): number => {
    const response = http.get(`${harnessUrl}/permit?${query}`, { responseType: 'text', timeout: 5_000 });
    return response.status === 200 ? (JSON.parse(response.body) as { waitMs: number }).waitMs : -1;
  };
  return {
    mayLeaveIn: (inMs) => get(`in=${Math.round(inMs)}&now`) === 0,
    waitMs(dueMs) {
      const waitMs = get(dueMs === null ? 'in=0' : `in=0&due=${dueMs}`);
      return waitMs < 0 ? Infinity : waitMs;
    },
  };
}
