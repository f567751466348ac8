/** The next request after a redirect within the same origin, by RFC 9110 (15.4) and RFC 3986 (5.2). */

/** The next request, or why there is none. */
export type Hop = { path: string; method: string; keepsBody: boolean } | { refused: string };

const REDIRECTS: Record<number, true> = { 301: true, 302: true, 303: true, 307: true, 308: true };

/** Whether the status is a redirect that clients follow; 300, 304, 305 and 306 are not. */
export const isRedirect = (status: number): boolean => REDIRECTS[status] === true;

/**
 * The next request for `location`. `origin` is the server's own scheme and authority (`https://a.example`), `path` the
 * path of the request. A location of another origin is refused, with a text for the report.
 */
export function nextHop(
  status: number,
  method: string,
  origin: string,
  path: string,
  location: string | undefined,
): Hop {
  if (!location) return { refused: `${status} without a Location` };
  const target = location.replace(/#.*$/s, '');
  const absolute = /^([a-z][a-z0-9+.-]*:)?\/\/([^/?]*)(.*)$/is.exec(target);
  if (!absolute && /^[a-z][a-z0-9+.-]*:/i.test(target)) return { refused: `redirects to ${shown(location)}` };
  let next: string;
  if (absolute) {
    const scheme = (absolute[1] ?? /^[a-z]+:/i.exec(origin)![0]).toLowerCase();
    if (sameOrigin(`${scheme}//${absolute[2]!}`) !== sameOrigin(origin))
      return { refused: `redirects to ${shown(location)}` };
    next = absolute[3]!.startsWith('/') ? absolute[3]! : `/${absolute[3]!}`;
  } else next = resolved(path, target);
  const keeps = status === 307 || status === 308 || !(status === 303 || (method === 'POST' && status <= 302));
  // HEAD stays HEAD whatever the status; only a body needs another method (Fetch, 4.4).
  const sent = keeps || method === 'HEAD' ? method : 'GET';
  return { path: withoutDots(next), method: sent, keepsBody: keeps };
}

/** For reports: without the query, which may hold secrets. */
const shown = (location: string): string => location.replace(/[?#].*$/s, '').slice(0, 200);

/** Scheme and authority for comparison: in lower case, without user and default port. */
function sameOrigin(origin: string): string {
  const [, scheme, authority] = /^([a-z][a-z0-9+.-]*:)\/\/(?:[^@]*@)?(.*)$/i.exec(origin.toLowerCase())!;
  const port = scheme === 'https:' ? /:443$/ : /:80$/;
  return `${scheme}//${authority!
    .replace(port, '')
    .replace(/:$/, '')
    .replace(/\.(?=:|$)/, '')}`;
}

/** Resolves a relative reference against a path. */
function resolved(path: string, reference: string): string {
  const [bare, query] = [path.replace(/\?.*$/s, ''), /\?.*$/s.exec(path)?.[0] ?? ''];
  if (reference === '') return bare + query;
  if (reference.startsWith('/')) return reference;
  if (reference.startsWith('?')) return bare + reference;
  return bare.slice(0, bare.lastIndexOf('/') + 1) + reference;
}

/** RFC 3986, 5.2.4. */
function withoutDots(path: string): string {
  const [bare, query] = [path.replace(/\?.*$/s, ''), /\?.*$/s.exec(path)?.[0] ?? ''];
  if (!/\/\.{1,2}(\/|$)/.test(bare)) return path;
  const out: string[] = [];
  const parts = bare.split('/').slice(1);
  for (const [i, part] of parts.entries()) {
    const isLast = i === parts.length - 1;
    if (part === '..') out.pop();
    if (part !== '.' && part !== '..') out.push(part);
    else if (isLast) out.push('');
  }
  return `/${out.join('/')}${query}`;
}
