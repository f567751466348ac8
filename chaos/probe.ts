/**
 * Probes a target from outside, in its own protocol and on a new connection, independent of every control plane. A
 * fault is in effect when a probe sees it, and cleared when a probe no longer does.
 */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, rootCertificates, type ConnectionOptions } from 'node:tls';
import type { ProbeAddress, ProbeTls, Reading } from '../src/formats/faults.ts';

type Outcome = Reading['outcome'];

/** A TCP probe sends nothing: a connection that is still open after this time counts as answered. */
const KEPT_OPEN_MS = 300;

/** Result of one probe; `detail` and `bytes` as in a Reading. */
interface ProbeResult {
  outcome: Outcome;
  value?: number | null;
  detail?: string | undefined;
  bytes?: number | undefined;
}

/** One probe that takes at most `timeoutMs`. Never rejects. */
export async function probe(address: ProbeAddress, timeoutMs: number): Promise<Reading> {
  const begunMs = performance.now();
  const { outcome, value, detail, bytes } = await send(address, timeoutMs);
  return {
    outcome,
    tookMs: performance.now() - begunMs,
    value: value ?? null,
    ...(detail === undefined ? {} : { detail }),
    ...(bytes === undefined ? {} : { bytes }),
  };
}

async function send(address: ProbeAddress, timeoutMs: number): Promise<ProbeResult> {
  if (!('url' in address)) {
    const { request, outcomeIn } = EXCHANGES[address.protocol];
    const { outcome, received, detail } = await exchange(address, request, timeoutMs, outcomeIn);
    const bytes = outcome === 'answered' && request !== null ? received.length : undefined;
    return { outcome, detail: detail ?? (outcome === 'error' ? firstLine(received) : undefined), bytes };
  }
  const { outcome, status, text, detail, bytes } = await get(address, timeoutMs);
  if (address.protocol === 'http') {
    if (outcome !== 'answered' || isExpected(status!, address.expect)) return { outcome, value: status, detail, bytes };
    return { outcome: 'error', value: status, detail: `status ${status}`, bytes };
  }
  const ageMs = outcome === 'answered' && status === 200 ? ageIn(text) : null;
  return { outcome: outcome === 'answered' && ageMs === null ? 'error' : outcome, value: ageMs, detail };
}

const isExpected = (status: number, expect: number[] | '2xx' | undefined): boolean =>
  expect === undefined || (expect === '2xx' ? status >= 200 && status <= 299 : expect.includes(status));

/** What is sent where, for messages: `GET https://10.0.0.7:18080/health`, `PING to Redis at 10.0.0.7:6379 over TLS`. */
export function probeWords(address: ProbeAddress): string {
  if ('url' in address) return `GET ${address.url}`;
  const { protocol, host, port, tls } = address;
  const at = `${isIP(host) === 6 ? `[${host}]` : host}:${port}${tls ? ' over TLS' : ''}`;
  if (protocol === 'redis') return `PING to Redis at ${at}`;
  return protocol === 'postgres' ? `SSL request to PostgreSQL at ${at}` : `connection to ${at}`;
}

/** The response of a healthy server, for messages. */
export function wantedWords(address: ProbeAddress): string {
  if (address.protocol === 'redis') return '+PONG, or an error about a missing password or permission';
  if (address.protocol !== 'http' || address.expect === undefined) return 'a response';
  return address.expect === '2xx' ? 'a status from 200 to 299' : `status ${address.expect.join(' or ')}`;
}

interface RedisAddress {
  host: string;
  port: number;
  tls?: ProbeTls;
}

/** `value` is the uptime of this Redis, ms in whole seconds; it was empty when it started. Never rejects. */
export const probeRedisUptime = (address: RedisAddress, timeoutMs: number): Promise<Reading> =>
  probeInfo(address, 'server', timeoutMs, (text) => {
    const seconds = UPTIME.exec(text)?.[1];
    return seconds === undefined ? null : Number(seconds) * 1000;
  });

/** `value` is the memory that this Redis may still take, bytes; NO_LIMIT without a limit. Never rejects. */
export const probeRedisMemory = (address: RedisAddress, timeoutMs: number): Promise<Reading> =>
  probeInfo(address, 'memory', timeoutMs, (text) => {
    const [used, most] = [USED_MEMORY.exec(text)?.[1], MAX_MEMORY.exec(text)?.[1]];
    if (used === undefined || most === undefined) return null;
    return Number(most) === 0 ? NO_LIMIT : Number(most) - Number(used);
  });

/** One section of INFO, and the value that is read from it; null while it is incomplete. */
async function probeInfo(
  address: RedisAddress,
  section: string,
  timeoutMs: number,
  valueIn: (text: string) => number | null,
): Promise<Reading> {
  const begunMs = performance.now();
  const request = Buffer.from(`*2\r\n$4\r\nINFO\r\n$${section.length}\r\n${section}\r\n`);
  const { outcome, received } = await exchange(address, request, timeoutMs, (text) =>
    valueIn(text) !== null ? 'answered' : text.startsWith('-') ? 'error' : null,
  );
  return { outcome, tookMs: performance.now() - begunMs, value: valueIn(received) };
}

const PING = Buffer.from('*1\r\n$4\r\nPING\r\n');
const UPTIME = /^uptime_in_seconds:(\d+)\r$/m;
const USED_MEMORY = /^used_memory:(\d+)\r$/m;
const MAX_MEMORY = /^maxmemory:(\d+)\r$/m;
/** The memory that a Redis without a limit may take, in place of Infinity, which JSON does not have. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER;
/** Length 8, code 80877103: PostgreSQL replies with one byte, S or N, before authentication. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/**
 * A Redis that requires a password or a permission (ACL) is up. One that is loading, has lost its primary, is busy with
 * a script (-LOADING, -MASTERDOWN, -BUSY) or refuses all clients (-DENIED: protected mode) is not.
 */
const pingOutcome = (received: string): Outcome | null =>
  !received.includes('\r\n') ? null : /^(?:\+PONG|-NOAUTH|-NOPERM|-WRONGPASS)\b/.test(received) ? 'answered' : 'error';

const sslOutcome = (received: string): Outcome | null =>
  received === '' ? null : /^[SN]/.test(received) ? 'answered' : 'error';

const EXCHANGES = {
  redis: { request: PING, outcomeIn: pingOutcome },
  postgres: { request: SSL_REQUEST, outcomeIn: sslOutcome },
  tcp: { request: null, outcomeIn: (): null => null },
};

/**
 * Connects, sends `request`, and receives until `outcomeIn` returns an outcome. Without a request (null), a connection
 * that stays open counts as answered.
 */
function exchange(
  { host, port, tls }: { host: string; port: number; tls?: ProbeTls },
  request: Buffer | null,
  timeoutMs: number,
  outcomeIn: (received: string) => Outcome | null,
): Promise<{ outcome: Outcome; received: string; detail: string | undefined }> {
  return new Promise((resolve) => {
    let received = '';
    let socket: Socket | undefined;
    const end = (outcome: Outcome, detail?: string): void => {
      clearTimeout(timer);
      socket?.destroy();
      resolve({ outcome, received, detail });
    };
    let timer = setTimeout(() => end('timeout'), timeoutMs);
    try {
      socket = tls ? connectTls({ host, port, ...tlsOptions(tls) }) : connect({ host, port, noDelay: true });
    } catch (error) {
      end('error', messageOf(error)); // an invalid port
      return;
    }
    socket.on('connect', () => {
      if (request !== null) return;
      clearTimeout(timer);
      timer = setTimeout(() => end('answered'), KEPT_OPEN_MS);
    });
    // Over TLS it is sent once the certificate is verified.
    if (request) socket.write(request);
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      const outcome = outcomeIn(received);
      if (outcome) end(outcome);
    });
    socket.on('end', () => end('closed'));
    socket.on('close', () => end('closed'));
    socket.on('error', (error: NodeJS.ErrnoException) => end(outcomeOf(error), detailOf(error)));
  });
}

const tlsOptions = ({ serverName, ca }: ProbeTls): ConnectionOptions => ({
  // TLS allows only host names here, no IP addresses.
  ...(serverName !== null && isIP(serverName) === 0 ? { servername: serverName } : {}),
  ...(ca === null ? {} : { ca: [...rootCertificates, ca] }),
});

/** Enough for any health page, characters; the rest is discarded. */
const MAX_TEXT = 10_000;

interface HttpResult {
  outcome: Outcome;
  status: number | null;
  text: string;
  detail: string | undefined;
  bytes: number | undefined;
}

function get(address: Extract<ProbeAddress, { url: string }>, timeoutMs: number): Promise<HttpResult> {
  const { url } = address;
  const { tls, hostHeader } = address.protocol === 'http' ? address : {};
  return new Promise((resolve) => {
    let status: number | null = null;
    let text = '';
    const end = (outcome: Outcome, detail?: string, bytes?: number): void => {
      clearTimeout(timer);
      resolve({ outcome, status, text, detail, bytes });
      sent?.destroy();
    };
    const timer = setTimeout(() => end('timeout'), timeoutMs);
    let sent: ReturnType<typeof requestHttp> | undefined;
    const failed = (error: NodeJS.ErrnoException): void => end(outcomeOf(error), detailOf(error));
    try {
      const send = url.startsWith('https:') ? requestHttps : requestHttp;
      // Without an agent, as a kept connection could be older than the fault. It still sends keep-alive, as clients do:
      // through a link that drops the response, a server that closes after it would not look like a time-out.
      const headers = { connection: 'keep-alive', ...(hostHeader === undefined ? {} : { host: hostHeader }) };
      sent = send(url, { agent: false, headers, ...(tls ? tlsOptions(tls) : {}) }, (response) => {
        status = response.statusCode ?? null;
        response.setEncoding('utf8').on('data', (chunk: string) => (text = (text + chunk).slice(0, MAX_TEXT)));
        const { socket } = response;
        response.on('end', () => end('answered', undefined, socket.bytesRead));
        response.on('error', failed);
      });
      sent.on('error', failed);
      sent.end();
    } catch (error) {
      end('error', messageOf(error)); // an invalid URL
    }
  });
}

/** Node reports ECONNRESET also for a connection that was only closed; a real reset comes from a system call. */
function outcomeOf({ code, syscall }: NodeJS.ErrnoException): Outcome {
  if (code === 'ECONNREFUSED') return 'refused';
  if (code === 'EPIPE') return 'reset';
  if (code === 'ECONNRESET') return syscall === undefined ? 'closed' : 'reset';
  return code === 'ETIMEDOUT' ? 'timeout' : 'error';
}

/** For errors without an outcome of their own: a certificate, a host name, a response that is not HTTP. */
const detailOf = (error: NodeJS.ErrnoException): string | undefined =>
  outcomeOf(error) === 'error' ? messageOf(error) : undefined;

/** TLS errors begin with the thread and the source file of OpenSSL. */
const messageOf = (error: unknown): string => {
  const { message } = error as Error;
  return (/SSL routines:[^:]*:([^:]+)/.exec(message)?.[1] ?? message).slice(0, 200);
};

const firstLine = (text: string): string | undefined =>
  /^[^\r\n]+/
    .exec(text)?.[0]
    .replaceAll(/[^\x20-\x7e]/g, '?')
    .slice(0, 200);

function ageIn(text: string): number | null {
  try {
    const { ageMs } = JSON.parse(text) as { ageMs?: unknown };
    return typeof ageMs === 'number' && Number.isFinite(ageMs) ? ageMs : null;
  } catch {
    return null;
  }
}
