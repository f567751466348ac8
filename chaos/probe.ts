/**
 * Looks at a target from outside, in its own protocol and on a fresh connection, past every control plane: a fault
 * bites when this sees it, and is gone when this does not.
 */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, rootCertificates, type ConnectionOptions } from 'node:tls';
import type { ProbeAddress, ProbeTls, Reading } from '../src/formats/faults.ts';

type Outcome = Reading['outcome'];

/** A look at a bare TCP port: what is still open so long after it was opened was not shut in our face. */
const KEPT_OPEN_MS = 300;

/** What one look ended in; `detail` and `bytes` as a Reading has them. */
interface Look {
  outcome: Outcome;
  value?: number | null;
  detail?: string | undefined;
  bytes?: number | undefined;
}

/** One look, over in at most `timeoutMs`. Never rejects. */
export async function probe(address: ProbeAddress, timeoutMs: number): Promise<Reading> {
  const begunMs = performance.now();
  const { outcome, value, detail, bytes } = await look(address, timeoutMs);
  return {
    outcome,
    tookMs: performance.now() - begunMs,
    value: value ?? null,
    ...(detail === undefined ? {} : { detail }),
    ...(bytes === undefined ? {} : { bytes }),
  };
}

async function look(address: ProbeAddress, timeoutMs: number): Promise<Look> {
  if (!('url' in address)) {
    const { question, judge } = QUESTIONS[address.protocol];
    const { outcome, said, detail } = await converse(address, question, timeoutMs, judge);
    const bytes = outcome === 'answered' && question !== null ? said.length : undefined;
    return { outcome, detail: detail ?? (outcome === 'error' ? firstLine(said) : undefined), bytes };
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

/** What is sent where, for messages: `GET https://10.0.0.7:18080/health`, `PING to Redis at 10.0.0.7:6379 by TLS`. */
export function probeWords(address: ProbeAddress): string {
  if ('url' in address) return `GET ${address.url}`;
  const { protocol, host, port, tls } = address;
  const at = `${isIP(host) === 6 ? `[${host}]` : host}:${port}${tls ? ' by TLS' : ''}`;
  if (protocol === 'redis') return `PING to Redis at ${at}`;
  return protocol === 'postgres' ? `SSL request to PostgreSQL at ${at}` : `connection to ${at}`;
}

/** What a healthy server answers to it, for messages. */
export function wantedWords(address: ProbeAddress): string {
  if (address.protocol === 'redis') return '+PONG, or that it needs a password or permission';
  if (address.protocol !== 'http' || address.expect === undefined) return 'an answer';
  return address.expect === '2xx' ? 'a status from 200 to 299' : `status ${address.expect.join(' or ')}`;
}

/** How long this Redis has been up, as `value` in ms, whole seconds; it was empty when it began. Never rejects. */
export async function probeRedisUptime(
  address: { host: string; port: number; tls?: ProbeTls },
  timeoutMs: number,
): Promise<Reading> {
  const begunMs = performance.now();
  const { outcome, said } = await converse(address, INFO_SERVER, timeoutMs, (text) =>
    UPTIME.test(text) ? 'answered' : text.startsWith('-') ? 'error' : null,
  );
  const seconds = UPTIME.exec(said)?.[1];
  return {
    outcome,
    tookMs: performance.now() - begunMs,
    value: seconds === undefined ? null : Number(seconds) * 1000,
  };
}

const PING = Buffer.from('*1\r\n$4\r\nPING\r\n');
const INFO_SERVER = Buffer.from('*2\r\n$4\r\nINFO\r\n$6\r\nserver\r\n');
const UPTIME = /^uptime_in_seconds:(\d+)\r$/m;
/** Length 8, code 80877103: PostgreSQL answers with one byte, S or N, before anybody has logged in. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/**
 * One that wants a password or grants no permission (ACL) is up. One that is still loading, has lost its primary, or is
 * busy with a script (-LOADING, -MASTERDOWN, -BUSY), or sends everybody away (-DENIED: protected mode) is not.
 */
const answersPing = (said: string): Outcome | null =>
  !said.includes('\r\n') ? null : /^(?:\+PONG|-NOAUTH|-NOPERM|-WRONGPASS)\b/.test(said) ? 'answered' : 'error';

const answersSslRequest = (said: string): Outcome | null =>
  said === '' ? null : /^[SN]/.test(said) ? 'answered' : 'error';

const QUESTIONS = {
  redis: { question: PING, judge: answersPing },
  postgres: { question: SSL_REQUEST, judge: answersSslRequest },
  tcp: { question: null, judge: (): null => null },
};

/**
 * Connects, sends, and listens until `judge` has made up its mind. Where nothing is asked (null), to be left open until
 * the end of the time is the answer.
 */
function converse(
  { host, port, tls }: { host: string; port: number; tls?: ProbeTls },
  question: Buffer | null,
  timeoutMs: number,
  judge: (said: string) => Outcome | null,
): Promise<{ outcome: Outcome; said: string; detail: string | undefined }> {
  return new Promise((resolve) => {
    let said = '';
    let socket: Socket | undefined;
    const end = (outcome: Outcome, detail?: string): void => {
      clearTimeout(timer);
      socket?.destroy();
      resolve({ outcome, said, detail });
    };
    let timer = setTimeout(() => end('timeout'), timeoutMs);
    try {
      socket = tls ? connectTls({ host, port, ...tlsOptions(tls) }) : connect({ host, port, noDelay: true });
    } catch (error) {
      end('error', messageOf(error)); // no port at all
      return;
    }
    socket.on('connect', () => {
      if (question !== null) return;
      clearTimeout(timer);
      timer = setTimeout(() => end('answered'), KEPT_OPEN_MS);
    });
    // By TLS it is sent once the certificate was found good.
    if (question) socket.write(question);
    socket.on('data', (chunk: Buffer) => {
      said += chunk.toString('latin1');
      const outcome = judge(said);
      if (outcome) end(outcome);
    });
    socket.on('end', () => end('closed'));
    socket.on('close', () => end('closed'));
    socket.on('error', (error: NodeJS.ErrnoException) => end(outcomeOf(error), detailOf(error)));
  });
}

const tlsOptions = ({ serverName, ca }: ProbeTls): ConnectionOptions => ({
  // A name of the target's; an address is none that TLS could ask for.
  ...(serverName !== null && isIP(serverName) === 0 ? { servername: serverName } : {}),
  ...(ca === null ? {} : { ca: [...rootCertificates, ca] }),
});

/** Enough for any health page; the rest is thrown away. */
const MOST_TEXT = 10_000;

interface Answer {
  outcome: Outcome;
  status: number | null;
  text: string;
  detail: string | undefined;
  bytes: number | undefined;
}

function get(address: Extract<ProbeAddress, { url: string }>, timeoutMs: number): Promise<Answer> {
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
      // Without an agent: a kept connection could be older than the fault. It asks to be kept nevertheless, as people's
      // do: a server that hangs up after its answer would be heard through a link that swallows the answer.
      const headers = { connection: 'keep-alive', ...(hostHeader === undefined ? {} : { host: hostHeader }) };
      sent = send(url, { agent: false, headers, ...(tls ? tlsOptions(tls) : {}) }, (response) => {
        status = response.statusCode ?? null;
        response.setEncoding('utf8').on('data', (chunk: string) => (text = (text + chunk).slice(0, MOST_TEXT)));
        const { socket } = response;
        response.on('end', () => end('answered', undefined, socket.bytesRead));
        response.on('error', failed);
      });
      sent.on('error', failed);
      sent.end();
    } catch (error) {
      end('error', messageOf(error)); // no URL at all
    }
  });
}

/** Node says ECONNRESET for a connection that was merely closed, too; only a real one comes out of a system call. */
function outcomeOf({ code, syscall }: NodeJS.ErrnoException): Outcome {
  if (code === 'ECONNREFUSED') return 'refused';
  if (code === 'EPIPE') return 'reset';
  if (code === 'ECONNRESET') return syscall === undefined ? 'closed' : 'reset';
  return code === 'ETIMEDOUT' ? 'timeout' : 'error';
}

/** Of an error that has no outcome of its own: a certificate, a name, an answer that is no HTTP. */
const detailOf = (error: NodeJS.ErrnoException): string | undefined =>
  outcomeOf(error) === 'error' ? messageOf(error) : undefined;

/** An error of TLS comes with the thread and the source file of OpenSSL in front. */
const messageOf = (error: unknown): string => {
  const { message } = error as Error;
  return (/SSL routines:[^:]*:([^:]+)/.exec(message)?.[1] ?? message).slice(0, 200);
};

const firstLine = (said: string): string | undefined =>
  /^[^\r\n]+/
    .exec(said)?.[0]
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
