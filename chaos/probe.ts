/**
 * Looks at a target from outside, in its own protocol and on a fresh connection, past every control plane: a fault bites
 * when this sees it, and is gone when this does not.
 */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { connect, type Socket } from 'node:net';
import type { ProbeAddress, Reading } from '../src/formats/faults.ts';

type Outcome = Reading['outcome'];

/** A look at a bare TCP port: what is still open so long after it was opened was not shut in our face. */
const KEPT_OPEN_MS = 300;

/** One look, over in at most `timeoutMs`. Never rejects. */
export async function probe(address: ProbeAddress, timeoutMs: number): Promise<Reading> {
  const begunMs = performance.now();
  const reading = (outcome: Outcome, value: number | null = null): Reading => ({
    outcome,
    tookMs: performance.now() - begunMs,
    value,
  });
  if ('url' in address) {
    const { outcome, status, text } = await get(address.url, timeoutMs);
    if (address.protocol === 'http') return reading(outcome, status);
    const ageMs = outcome === 'answered' && status === 200 ? ageIn(text) : null;
    return reading(outcome === 'answered' && ageMs === null ? 'error' : outcome, ageMs);
  }
  const { question, judge } = QUESTIONS[address.protocol];
  return reading((await converse(address, question, timeoutMs, judge)).outcome);
}

/** How long this Redis has been up, as `value` in ms, whole seconds; it was empty when it began. Never rejects. */
export async function probeRedisUptime(address: { host: string; port: number }, timeoutMs: number): Promise<Reading> {
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

/** One that wants a password is up, one that is still loading is not. */
const answersPing = (said: string): Outcome | null =>
  !said.includes('\r\n') ? null : /^(?:\+PONG|-NOAUTH)/.test(said) ? 'answered' : 'error';

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
  { host, port }: { host: string; port: number },
  question: Buffer | null,
  timeoutMs: number,
  judge: (said: string) => Outcome | null,
): Promise<{ outcome: Outcome; said: string }> {
  return new Promise((resolve) => {
    let said = '';
    let socket: Socket | undefined;
    const end = (outcome: Outcome): void => {
      clearTimeout(timer);
      socket?.destroy();
      resolve({ outcome, said });
    };
    let timer = setTimeout(() => end('timeout'), timeoutMs);
    try {
      socket = connect({ host, port, noDelay: true });
    } catch {
      end('error'); // no port at all
      return;
    }
    socket.on('connect', () => {
      if (question !== null) return;
      clearTimeout(timer);
      timer = setTimeout(() => end('answered'), KEPT_OPEN_MS);
    });
    if (question) socket.write(question);
    socket.on('data', (chunk: Buffer) => {
      said += chunk.toString('latin1');
      const outcome = judge(said);
      if (outcome) end(outcome);
    });
    socket.on('end', () => end('closed'));
    socket.on('close', () => end('closed'));
    socket.on('error', (error: NodeJS.ErrnoException) => end(outcomeOf(error)));
  });
}

/** Enough for any health page; the rest is thrown away. */
const MOST_TEXT = 10_000;

function get(url: string, timeoutMs: number): Promise<{ outcome: Outcome; status: number | null; text: string }> {
  return new Promise((resolve) => {
    let status: number | null = null;
    let text = '';
    const end = (outcome: Outcome): void => {
      clearTimeout(timer);
      resolve({ outcome, status, text });
      sent?.destroy();
    };
    const timer = setTimeout(() => end('timeout'), timeoutMs);
    let sent: ReturnType<typeof requestHttp> | undefined;
    try {
      const send = url.startsWith('https:') ? requestHttps : requestHttp;
      // Without an agent: a kept connection could be older than the fault. It asks to be kept nevertheless, as people's do:
      // a server that hangs up after its answer would be heard through a link that swallows the answer.
      sent = send(url, { agent: false, headers: { connection: 'keep-alive' } }, (response) => {
        status = response.statusCode ?? null;
        response.setEncoding('utf8').on('data', (chunk: string) => (text = (text + chunk).slice(0, MOST_TEXT)));
        response.on('end', () => end('answered'));
        response.on('error', (error: NodeJS.ErrnoException) => end(outcomeOf(error)));
      });
      sent.on('error', (error: NodeJS.ErrnoException) => end(outcomeOf(error)));
      sent.end();
    } catch {
      end('error'); // no URL at all
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

function ageIn(text: string): number | null {
  try {
    const { ageMs } = JSON.parse(text) as { ageMs?: unknown };
    return typeof ageMs === 'number' && Number.isFinite(ageMs) ? ageMs : null;
  } catch {
    return null;
  }
}
