import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isRedirect, nextHop } from './redirect.ts';

const hop = (status: number, method: string, location: string | undefined, path = '/v1/items?page=2') =>
  nextHop(status, method, 'https://api.example:8443', path, location);

test('301 and 302 turn a POST into a GET, as browsers do, and leave every other method alone', () => {
  for (const status of [301, 302]) {
    expect(hop(status, 'POST', '/x')).toEqual({ path: '/x', method: 'GET', keepsBody: false });
    for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'])
      expect(hop(status, method, '/x')).toEqual({ path: '/x', method, keepsBody: true });
  }
});

test('303 is followed with GET, or with HEAD after HEAD', () => {
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
    expect(hop(303, method, '/x')).toEqual({ path: '/x', method: 'GET', keepsBody: false });
  expect(hop(303, 'HEAD', '/x')).toMatchObject({ method: 'HEAD' });
});

test('307 and 308 keep method and body', () => {
  for (const status of [307, 308])
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])
      expect(hop(status, method, '/x')).toEqual({ path: '/x', method, keepsBody: true });
});

test('only these five are redirects', () => {
  expect([300, 301, 302, 303, 304, 305, 306, 307, 308].filter(isRedirect)).toEqual([301, 302, 303, 307, 308]);
});

test('the same origin is recognised in any spelling', () => {
  for (const [origin, location] of [
    ['https://api.example', 'https://API.example:443/x'],
    ['https://api.example:443', 'https://api.example/x'],
    ['http://api.example', 'HTTP://api.example:80/x'],
    ['http://api.example:8080', '//api.example:8080/x'],
    ['http://[::1]:8080', 'http://[::1]:8080/x'],
    ['http://api.example.:8080', 'http://api.example:8080/x'],
  ] as const)
    expect(nextHop(302, 'GET', origin, '/', location), location).toMatchObject({ path: '/x' });
  expect(nextHop(302, 'GET', 'http://api.example', '/a', 'http://api.example')).toMatchObject({ path: '/' });
  expect(nextHop(302, 'GET', 'http://api.example', '/a', 'http://api.example?q')).toMatchObject({ path: '/?q' });
});

test('another origin is refused, and named without its query', () => {
  for (const location of ['https://login.example/sso?token=1', 'http://api.example:8443/', 'https://api.example/'])
    expect(hop(302, 'GET', location)).toEqual({ refused: `redirects to ${location.replace(/\?.*/, '')}` });
  expect(hop(302, 'GET', 'mailto:a@b.example')).toEqual({ refused: 'redirects to mailto:a@b.example' });
  expect(hop(302, 'GET', undefined)).toEqual({ refused: '302 without a Location' });
});

test('a relative location leads where a browser would go', () => {
  const segment = fc.constantFrom('a', 'b1', 'items', '.', '..', 'x.y');
  const path = fc.array(segment, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
  const query = fc.constantFrom('', '?', '?q=1', '?a=/b/../c');
  const base = fc.tuple(path, query).map(([p, q]) => new URL(`/${p}${q}`, 'https://api.example:8443'));
  const prefix = fc.constantFrom('', '/', './', '../', '../../');
  fc.assert(
    fc.property(base, prefix, path, query, (from, before, to, q) => {
      const wanted = new URL(`${before}${to}${q}`, from);
      const got = hop(302, 'GET', `${before}${to}${q}`, from.pathname + from.search);
      // A URL object drops a bare question mark; servers cannot tell the difference.
      expect('path' in got && got.path.replace(/\?$/, '')).toBe(wanted.pathname + wanted.search);
    }),
  );
});
