/**
 * One call to a control API, Toxiproxy's or a world's: with a deadline, on a new connection (a kept one may belong to a
 * dead process), and with errors that quote the server.
 */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { AntipodeError, EXIT } from '../../src/errors.ts';

/**
 * Why a call failed. `status`: the server refused it, see `status`. `timeout`: no response within the deadline; the
 * server may still carry it out. `not-running`: on this machine, and nothing listens there, so the server's faults,
 * which it held in memory, are gone too. `network`: anything else.
 */
export type ControlFailure = 'status' | 'timeout' | 'not-running' | 'network';

/** A call to a control API that failed; exit 4 unless a caller handles it. */
export class ControlError extends AntipodeError {
  readonly failure: ControlFailure;
  /** HTTP status of the response, or null. */
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

/** Whether a URL's host is this machine. */
export const isLoopback = (hostname: string): boolean => /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);

/**
 * Sends one request and resolves with the body of its 2xx response; rejects with a ControlError, at the latest at the
 * deadline or when `signal` aborts. Redirects are not followed and count as failures.
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
        else reject(new ControlError(call, 'status', status, `status ${status}${text && `: ${reasonIn(text)}`}`));
      });
    });
    const timer = setTimeout(() => {
      reject(new ControlError(call, 'timeout', null, `no response within ${deadlineMs / 1000} s`));
      sent.destroy();
    }, deadlineMs);
    sent.on('error', fail);
    sent.end(payload ?? undefined);

    function fail(error: NodeJS.ErrnoException): void {
      clearTimeout(timer);
      // From another machine a refusal proves little: it may come from a firewall.
      const isNotRunning = error.code === 'ECONNREFUSED' && isLoopback(new URL(url).hostname);
      reject(new ControlError(call, isNotRunning ? 'not-running' : 'network', null, error.message, error));
    }
  });
}

/** Both APIs return `{"error": …}`; anything else is quoted as it is. */
function reasonIn(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    if (typeof error === 'string') return error;
  } catch {
    // Not JSON.
  }
  return text.trim().slice(0, 300);
}
