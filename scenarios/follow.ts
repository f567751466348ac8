import http from 'k6/http';
import type { Params, Response } from 'k6/http';
import { isRedirect, nextHop } from '../src/formats/redirect.ts';

/** About the default of k6 and curl -L. */
const MAX_HOPS = 10;

/** Headers on a body, which are dropped with it (Fetch, 4.4). */
const OF_BODY = /^content-/i;

/** The result of following redirects, with the times of all hops together. */
export interface Followed {
  response: Response;
  blockedMs: number;
  waitingMs: number;
  durationMs: number;
  dialled: boolean;
  /** Status of the first redirect and path of the last one, without its query; '' if none was followed. */
  led: string;
  /** Why the last redirect was not followed; '' for none. */
  refused: string;
  /** A redirect was not followed because the target's rate limit had no room. */
  isHeldBack: boolean;
}

/** The first request, and the server's own host name: the URL may be that of a lane. */
export interface FirstRequest {
  method: string;
  url: string;
  body: string | null;
  params: Params;
  /** Host header where the URL's is a lane's; '' otherwise. */
  host: string;
  timeoutMs: number;
  expected: Record<number, true>;
  follows: boolean;
}

/**
 * Follows the redirects of a first response until another status, an expected status, a redirect to another origin, or
 * the timeout of the operation. `canContinue` is called before each hop and waits for the rate limit; false ends it.
 */
export function follow(first: Response, request: FirstRequest, canContinue: () => boolean): Followed {
  const { host, expected, timeoutMs, follows } = request;
  const [, scheme, authority, rest] = /^([a-z]+:)\/\/([^/]+)(.*)$/i.exec(request.url)!;
  const known = `${scheme!}//${host || authority!}`;
  let [method, body, params, path] = [request.method, request.body, request.params, rest!];
  const seen: Followed = {
    response: first,
    blockedMs: first.timings.blocked,
    waitingMs: first.timings.waiting,
    durationMs: first.timings.duration,
    dialled: isDialled(first),
    led: '',
    refused: '',
    isHeldBack: false,
  };
  for (let hops = 0; ; hops += 1) {
    const { status, headers } = seen.response;
    if (!isRedirect(status) || expected[status]) return seen;
    if (hops === MAX_HOPS) return { ...seen, refused: `more than ${MAX_HOPS} redirects` };
    const hop = nextHop(status, method, known, path, headers['Location']);
    if ('refused' in hop) return { ...seen, refused: hop.refused };
    if (!follows)
      return { ...seen, refused: `redirects to ${bare(hop.path)}, but the operation declares redirects: none` };
    if (!canContinue()) return { ...seen, refused: 'held back by the rate limit of the target', isHeldBack: true };
    const leftMs = timeoutMs - seen.blockedMs - seen.durationMs;
    if (leftMs <= 0) return { ...seen, refused: `redirects took longer than ${timeoutMs} ms` };
    if (!hop.keepsBody) {
      body = null;
      params = { ...params, headers: withoutBody(params.headers ?? {}) };
    }
    ({ method, path } = hop);
    seen.led = `${seen.led === '' ? status : seen.led.slice(0, 3)} ${bare(path)}`;
    seen.response = http.request(method, `${scheme!}//${authority!}${path}`, body, { ...params, timeout: leftMs });
    const { timings } = seen.response;
    seen.blockedMs += timings.blocked;
    seen.waitingMs += timings.waiting;
    seen.durationMs += timings.duration;
    seen.dialled ||= isDialled(seen.response);
  }
}

/** Without the query, which may hold secrets. */
const bare = (path: string): string => path.replace(/\?.*$/s, '');

const isDialled = ({ timings }: Response): boolean => timings.connecting > 0 || timings.tls_handshaking > 0;

const withoutBody = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_BODY.test(name)));
