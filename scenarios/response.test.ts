import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ERRORS } from '../src/formats/recording.ts';
import { errorKind, serverMicroseconds, versionDigits } from './response.ts';

describe('Server-Timing', () => {
  test.each([
    ['total;dur=53.2', 53.2],
    ['total;dur=53.2;desc="all"', 53.2],
    ['total;desc="all, and more; dur=7";dur=53.2', 53.2],
    ['total_db;dur=3, total;dur=90', 90],
    ['db;dur=3, totals;dur=4', 7],
    ['cache;desc="Cache Read";dur=23.2,db;dur=53', 76.2],
    ['db ; DUR = 5', 5],
    ['db;dur="12.5"', 12.5],
    ['db;dur=1;dur=100', 1],
    ['miss, db;dur=2', 2],
    ['miss', 0],
    ['db;dur=soon', 0],
    ['db;dur=-4', 0],
    ['a;desc="\\";dur=9", b;dur=1', 1],
    ['', 0],
  ])('%s is %s ms', (header, ms) => {
    expect(serverMicroseconds(header)).toBe(Math.round(ms * 1000));
  });

  test('what another metric says in quotes is never read', () => {
    const token = fc.stringMatching(/^[a-z]{1,8}$/).filter((name) => name !== 'total');
    fc.assert(
      fc.property(token, fc.string(), fc.nat(10_000), (name, words, ms) => {
        const quoted = words.replace(/["\\]/g, '\\$&');
        expect(serverMicroseconds(`${name};desc="${quoted}";dur=1, total;dur=${ms}`)).toBe(ms * 1000);
      }),
    );
  });
});

describe('the kind of an error', () => {
  test.each([
    [0, 1000, 'unexpected EOF', 'cut-short'],
    [0, 1000, 'EOF', 'cut-short'],
    [0, 1200, 'remote error: tls: certificate required', 'tls'],
    [0, 1000, 'x509: certificate has expired or is not yet valid: current time …', 'tls'],
    [0, 1200, 'remote error: tls: protocol version not supported', 'tls'],
    [0, 1000, 'http: server gave HTTP response to HTTPS client', 'tls'],
    [0, 1310, 'x509: unknown authority', 'tls'],
    [0, 1000, 'malformed HTTP response "SSH-2.0-OpenSSH"', 'protocol'],
    [0, 1632, 'http2: stream error with http2 ErrCode PROTOCOL_ERROR', 'protocol'],
    [0, 1213, 'dial: unknown errno 99 error with msg `cannot assign requested address`', 'generator'],
    [0, 1210, 'dial tcp: socket: too many open files', 'generator'],
    [0, 1212, 'dial: connection refused', 'refused'],
    [0, 1220, 'read: connection reset by peer', 'reset'],
    [0, 1201, 'write: broken pipe', 'reset'],
    [0, 1050, 'request timeout', 'timeout'],
    [0, 1101, 'lookup: no such host', 'dns'],
    [0, 1000, 'something else', 'other'],
    [404, 1404, '', 'http-4xx'],
    [503, 1503, '', 'http-5xx'],
    [302, 0, '', 'none'],
  ])('of status %s, code %s, "%s" is %s', (status, code, text, kind) => {
    expect(ERRORS[errorKind(status, code, text)]).toBe(kind);
  });
});

describe('a version', () => {
  test.each([
    ['5', '5'],
    ['"5"', '5'],
    ['W/"5"', '5'],
    [' 007 ', '7'],
    ['0', '0'],
    ['1764412800123456789', '1764412800123456789'],
    ['"abc"', null],
    ['"5', null],
    ['5-gzip', null],
    ['-1', null],
    ['1.5', null],
    ['', null],
  ])('%s is %s', (header, digits) => {
    expect(versionDigits(header)).toBe(digits);
  });
});
