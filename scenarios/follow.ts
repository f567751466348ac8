import http from 'k6/http';
import type { Params, Response } from 'k6/http';
import { isRedirect, nextHop } from '../src/formats/redirect.ts';

/** As k6 and curl -L do by default, about. */
const MAX_HOPS = 10;

/** Headers that speak of a body, and go with it (Fetch, 4.4). */
const OF_BODY = /^content-/i;

/** Where redirects led, and what all hops took together. */
export interface Followed {
  response: Response;
  blockedMs: number;
  waitingMs: number;
  durationMs: number;
  dialled: boolean;
  /** Status of the first redirect and path that the last one led to, without its query; '' where none was followed. */
  led: string;
  /** Why the last redirect was not followed; '' for none. */
  refused: string;
  /** It was not made for want of a place within the target's limit. */
  isHeldBack: boolean;
}

/** What was asked, and how the server calls itself: a lane may stand in its place. */
export interface Asked {
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
 * Follows the redirects of a first response until an answer, a redirect to elsewhere, an expected status, or the
 * time-out of the operation. `mayGoOn` is asked before each hop, and waits where a limit wants it to; false ends it.
 */
export function follow(first: Response, asked: Asked, mayGoOn: () => boolean): Followed {
  const { host, expected, timeoutMs, follows } = asked;
  const [, scheme, authority, rest] = /^([a-z]+:)\/\/([^/]+)(.*)$/i.exec(asked.url)!;
  const known = `${scheme!}//${host || authority!}`;
  let [method, body, params, path] = [asked.method, asked.body, asked.params, rest!];
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
    if (!follows) return { ...seen, refused: `redirects to ${bare(hop.path)}, and redirects: none is declared` };
    if (!mayGoOn()) return { ...seen, refused: 'held back by the limit of the target', isHeldBack: true };
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

/** A query may hold what no report should. */
const bare = (path: string): string => path.replace(/\?.*$/s, '');

const isDialled = ({ timings }: Response): boolean => timings.connecting > 0 || timings.tls_handshaking > 0;

const withoutBody = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_BODY.test(name)));
