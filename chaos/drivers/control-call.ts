/**
 * One call to a control API, Toxiproxy's or a world's: with a deadline, on a connection of its own (a kept one may lead
 * to a process that is gone), and with errors that say what the server said.
 */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { AntipodeError, EXIT } from '../../src/errors.ts';

/**
 * Why a call failed. `answer`: the server refused it, see `status`. `timeout`: no answer within the deadline; the
 * server may still do it. `gone`: on this machine, and nobody listens there: what that process held in memory is gone
 * too. `broken`: anything else on the way.
 */
export type ControlFailure = 'answer' | 'timeout' | 'gone' | 'broken';

/** A call to a control API that failed; exit 4 where nobody makes something better of it. */
export class ControlError extends AntipodeError {
  readonly failure: ControlFailure;
  /** HTTP status of an answer, else null. */
  readonly status: number | null;

  constructor(call: string, failure: ControlFailure, status: number | null, got: string, cause?: unknown) {
    super(EXIT.invalid, { what: `${call} failed`, got, cause });
    this.name = 'ControlError';
    this.failure = failure;
    this.status = status;
  }
}

export const isControlError = (error: unknown, failure: ControlFailure, status?: number): error is ControlError =>
  error instanceof ControlError && error.failure === failure && (status === undefined || error.status === status);

/** Whether a host, as a URL has it, is this machine. */
export const isLoopback = (hostname: string): boolean => /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);

/**
 * Sends one request and resolves with the text of its 2xx answer; rejects with a ControlError, at the latest at the
 * deadline or when `signal` aborts. Redirects are not followed: they are no 2xx.
 */
export function callControl(
  method: string,
  url: string,
  deadlineMs: number,
  body?: unknown,
  signal?: AbortSignal,
): Promise<string> {
  const call = `${method} ${url}`;
  const payload = body === undefined ? null : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? requestHttps : requestHttp;
    const headers =
      payload === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) };
    const sent = send(url, { method, headers, agent: false, ...(signal && { signal }) }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', fail);
      response.on('end', () => {
        clearTimeout(timer);
        const status = response.statusCode ?? 0;
        if (status >= 200 && status < 300) resolve(text);
        else reject(new ControlError(call, 'answer', status, `status ${status}${text && `: ${reasonIn(text)}`}`));
      });
    });
    const timer = setTimeout(() => {
      reject(new ControlError(call, 'timeout', null, `no answer within ${deadlineMs / 1000} s`));
      sent.destroy();
    }, deadlineMs);
    sent.on('error', fail);
    sent.end(payload ?? undefined);

    function fail(error: NodeJS.ErrnoException): void {
      clearTimeout(timer);
      // From another machine a refusal proves little: a firewall may have said it.
      const isGone = error.code === 'ECONNREFUSED' && isLoopback(new URL(url).hostname);
      reject(new ControlError(call, isGone ? 'gone' : 'broken', null, error.message, error));
    }
  });
}

/** Both APIs answer `{"error": …}`; anything else is quoted as it is. */
function reasonIn(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    if (typeof error === 'string') return error;
  } catch {
    // Not JSON.
  }
  return text.trim().slice(0, 300);
}
