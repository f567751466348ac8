import { ERRORS } from '../src/formats/recording.ts';
import type { ErrorKind } from '../src/formats/recording.ts';

const index = (kind: ErrorKind): number => ERRORS.indexOf(kind);
const NONE = index('none');

/**
 * The class of a failure as an index into ERRORS, from k6's error code families (1000s general, 1100s DNS, 1200s TCP,
 * 1300s TLS; k6 documentation, error-codes). 1050 is a request time-out, 1211 a dial time-out, 1212 a refused
 * connection, 1220 a reset.
 */
export function errorKind(status: number, errorCode: number): number {
  if (status > 0 && status < 400) return NONE;
  if (status >= 500) return index('http-5xx');
  if (status >= 400) return index('http-4xx');
  if (errorCode === 1050 || errorCode === 1211) return index('timeout');
  if (errorCode === 1212) return index('refused');
  if (errorCode === 1220) return index('reset');
  if (errorCode >= 1100 && errorCode < 1200) return index('dns');
  if (errorCode >= 1300 && errorCode < 1400) return index('tls');
  return index('other');
}

/** Milliseconds that a Server-Timing header owns to, as microseconds: its `total` entry, else the sum of all. */
export function serverMicroseconds(header: string | undefined): number {
  if (!header) return 0;
  // The common case, without a regular expression.
  if (header.startsWith('total;dur=') && !header.includes(',')) return Math.round(Number(header.slice(10)) * 1000);
  let sum = 0;
  for (const entry of header.split(',')) {
    const duration = /;\s*dur=([0-9.]+)/.exec(entry);
    if (!duration) continue;
    const micros = Math.round(Number(duration[1]) * 1000);
    if (entry.trim().startsWith('total')) return micros;
    sum += micros;
  }
  return sum;
}
