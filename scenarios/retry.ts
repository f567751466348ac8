/** When a client asks again, and after which pause. */
import type { Retries } from '../src/formats/timetable.ts';

/**
 * Statuses that say nothing of the request itself: somebody in between, or a server that cannot just now (RFC 9110,
 * 15.6).
 */
const PASSING: Record<number, true> = { 502: true, 503: true, 504: true };
/** Methods whose second execution changes nothing more (RFC 9110, 9.2.2). */
const IDEMPOTENT: Record<string, true> = { GET: true, HEAD: true, PUT: true, DELETE: true };

/**
 * Whether a request that ended so may be sent again. One that could change something twice only if it surely never
 * arrived: its connection was refused.
 */
export const mayRetry = (method: string, status: number, isRefused: boolean): boolean =>
  status === 0 ? isRefused || IDEMPOTENT[method] === true : PASSING[status] === true && IDEMPOTENT[method] === true;

/**
 * Milliseconds before attempt number `attempt` (1 is the first retry): exponential backoff, half of it fixed and half
 * drawn ("equal jitter", AWS Architecture Blog, Exponential Backoff And Jitter, 2015). The same row and attempt draw
 * the same number, so that a seed still gives the same run.
 */
export function pauseMs({ backoffMs }: Retries, row: number, attempt: number): number {
  const longest = backoffMs * 2 ** (attempt - 1);
  return longest / 2 + (longest / 2) * drawn(row, attempt);
}

/** A number in [0, 1) for the pair: one round of MurmurHash3's 32-bit finalizer. */
function drawn(row: number, attempt: number): number {
  let hash = Math.imul(row + 1, 0x9e3779b1) ^ Math.imul(attempt, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
