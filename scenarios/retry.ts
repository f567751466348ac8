/** When a client retries, and after which pause. */
import type { Retries } from '../src/formats/timetable.ts';

/** Statuses that do not depend on the request: of a gateway, or of a server that is unavailable (RFC 9110, 15.6). */
const TRANSIENT: Record<number, true> = { 502: true, 503: true, 504: true };
/** Methods that are safe to repeat (RFC 9110, 9.2.2). */
const IDEMPOTENT: Record<string, true> = { GET: true, HEAD: true, PUT: true, DELETE: true };

/**
 * Whether a failed request may be retried. One that is not idempotent only if it certainly never arrived, because its
 * connection was refused.
 */
export const mayRetry = (method: string, status: number, isRefused: boolean): boolean =>
  status === 0 ? isRefused || IDEMPOTENT[method] === true : TRANSIENT[status] === true && IDEMPOTENT[method] === true;

/**
 * Milliseconds before attempt number `attempt` (1 is the first retry): exponential backoff, half of it fixed and half
 * random ("equal jitter", AWS Architecture Blog, Exponential Backoff And Jitter, 2015). The same row and attempt give
 * the same pause, so that a seed gives the same run.
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
