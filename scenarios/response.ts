import { ERRORS } from '../src/formats/recording.ts';
import type { ErrorKind } from '../src/formats/recording.ts';

const index = (kind: ErrorKind): number => ERRORS.indexOf(kind);
const NONE = index('none');

/** Classes by k6's error text, which is Go's, where its code is not precise. The first match counts. */
const BY_TEXT: [RegExp, ErrorKind][] = [
  [/cannot assign requested address|too many open files|no buffer space/i, 'generator'],
  [/tls:|x509:|certificate|HTTP response to HTTPS client/i, 'tls'],
  [/connection refused/i, 'refused'],
  [/reset by peer|broken pipe/i, 'reset'],
  [/timeout|deadline exceeded/i, 'timeout'],
  [/lookup|no such host/i, 'dns'],
  [/malformed|http2:|unsupported response status|invalid (header|byte)|bad (header|number)|decompress/i, 'protocol'],
  [/\bEOF\b|body size|closed/i, 'cut-short'],
];

/**
 * The class of a failure as an index into ERRORS. k6's error codes decide where they are precise (1050 is a request
 * timeout, 1100s DNS, 1211 a dial timeout, 1212 a refused connection, 1220 a reset, 1300s TLS, 1600s HTTP/2; k6
 * documentation, error-codes), its `error` text otherwise.
 */
export function errorKind(status: number, errorCode: number, text: string): number {
  if (status > 0 && status < 400) return NONE;
  if (status >= 500) return index('http-5xx');
  if (status >= 400) return index('http-4xx');
  if (errorCode === 1050 || errorCode === 1211) return index('timeout');
  if (errorCode === 1212) return index('refused');
  if (errorCode === 1220) return index('reset');
  if (errorCode >= 1100 && errorCode < 1200) return index('dns');
  if (errorCode >= 1300 && errorCode < 1400) return index('tls');
  if (errorCode >= 1600 && errorCode < 1800) return index('protocol');
  return index(BY_TEXT.find(([words]) => words.test(text))?.[1] ?? 'other');
}

/**
 * Microseconds that a Server-Timing header reports: its metric `total`, else the sum of all. The grammar is that of W3C
 * Server Timing: metrics by comma, parameters by semicolon, values as tokens or quoted strings, parameter names without
 * case, the first of two equal ones. A duration that is not a number counts as none.
 */
export function serverMicroseconds(header: string | undefined): number {
  if (!header) return 0;
  // The common case, without a regular expression.
  if (header.startsWith('total;dur=')) {
    const ms = Number(header.slice(10));
    if (ms >= 0) return Math.round(ms * 1000);
  }
  let sum = 0;
  for (const metric of unquotedSplit(header, ',')) {
    const [name, ...parameters] = unquotedSplit(metric, ';');
    const duration = parameters.find((parameter) => /^\s*dur\s*=/i.test(parameter));
    const value = duration?.slice(duration.indexOf('=') + 1).trim();
    const ms = Number(value?.replace(/^"(.*)"$/s, '$1'));
    if (!value || !(ms >= 0 && ms < Infinity)) continue;
    const micros = Math.round(ms * 1000);
    if (name!.trim() === 'total') return micros;
    sum += micros;
  }
  return sum;
}

/** Splits at a separator outside of quoted strings. */
function unquotedSplit(text: string, separator: string): string[] {
  const parts: string[] = [];
  let [from, isQuoted] = [0, false];
  for (let i = 0; i < text.length; i += 1) {
    if (isQuoted && text[i] === '\\') i += 1;
    else if (text[i] === '"') isQuoted = !isQuoted;
    else if (text[i] === separator && !isQuoted) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  return [...parts, text.slice(from)];
}

/**
 * The digits of a record's version: a whole number, also as an ETag (`"5"`, `W/"5"`). Null for anything else, which has
 * no order. Digits and not a number, so that no precision is lost.
 */
export function versionDigits(header: string): string | null {
  const digits = /^\s*(?:W\/)?("?)(\d+)\1\s*$/.exec(header)?.[2];
  return digits === undefined ? null : digits.replace(/^0+(?=\d)/, '');
}
