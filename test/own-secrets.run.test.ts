import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { JournalLine } from '../src/formats/journal.ts';
import { SECRET_PREFIX } from '../src/formats/player.ts';
import { readTarget } from '../src/config/load.ts';
import type { AntipodeError } from '../src/errors.ts';
import { ERRORS } from '../src/formats/recording.ts';
import { filesHolding, NAME, ownSystem, recordingOf, type OwnRun, type OwnSystem } from './own-system.ts';
import { operation, play } from './play.ts';
import { makeCertificate, type Certificate } from './tls-server.ts';

// What is sent to your own target, including values from the environment; and that no other part of the environment and
// no secret leaks.

const SHORT = ['--duration', '2'];
/** A made-up secret with every character that needs escaping somewhere. */
const SECRET = 'hunter2/"no\\files" & {key}=1';
const MARK = 'hunter2';

let own: OwnSystem;
let trusted: Certificate;
let client: Certificate;
beforeAll(async () => {
  own = await ownSystem();
  trusted = await makeCertificate(own.folder, 'trusted', [NAME]);
  client = await makeCertificate(own.folder, 'client', ['harness.example.test']);
});
afterAll(() => own[Symbol.asyncDispose]());

interface Seen {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}
let seen: Seen[] = [];
beforeEach(() => {
  seen = [];
});

const remember: RequestListener = (request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    seen.push({ method: request.method!, url: request.url!, headers: request.headers, body });
    response.end('{}');
  });
};

/** One run with these operations against a server that records its requests. */
async function sent(operation: Record<string, unknown>, more: OwnRun = {}) {
  const port = await own.serve(remember);
  const target = { operations: [{ name: 'get', ...operation }], ...more.target };
  return own.run({ port, flags: SHORT, environment: { SECRET }, ...more, target });
}

/** One run of several operations, evenly mixed. */
async function sentAll(operations: Record<string, unknown>[], more: OwnRun = {}) {
  const port = await own.serve(remember);
  const named = operations.map((operation, i) => ({ name: `op-${i}`, ...operation }));
  const mix = Object.fromEntries(named.map(({ name }) => [name, 1 / named.length]));
  const target = { operations: named, ...more.target };
  return own.run({ port, flags: SHORT, environment: { SECRET }, profile: { mix }, ...more, target });
}

const https = async (certificate: Certificate, more: object = {}) => {
  const [cert, key] = await Promise.all([readFile(certificate.certFile), readFile(certificate.keyFile)]);
  const server = createServer({ cert, key, ...more }, remember);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const journalOf = async (runDir: string): Promise<JournalLine[]> =>
  (await readFile(join(runDir, 'journal.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as JournalLine);

const errorsOf = async (runDir: string): Promise<string[]> => [
  ...new Set((await recordingOf(runDir)).rows.map(({ error }) => ERRORS[error]!)),
];

describe('the environment', () => {
  test('has no effect: options of k6, proxies and certificate authorities are ignored, with a warning', async () => {
    const home = join(own.folder, 'home');
    await mkdir(join(home, '.config/k6'), { recursive: true });
    await writeFile(join(home, '.config/k6/config.json'), '{"insecureSkipTLSVerify":true}');
    await using server = await https(await makeCertificate(own.folder, 'other', ['other.example.test']));
    const { text, runDir } = await own.run({
      target: {
        regions: [{ id: 'us-east-1', url: `https://${NAME}:${server.port}` }],
        tls: { caFile: 'other-ca.pem' },
        headers: { 'X-Paused': '${K6_PAUSED}', 'X-Proxy': '${HTTPS_PROXY}' },
      },
      flags: [...SHORT, '--no-smoke'],
      environment: {
        K6_INSECURE_SKIP_TLS_VERIFY: 'true',
        K6_PAUSED: 'true',
        K6_HTTP_DEBUG: 'full',
        K6_PROMETHEUS_RW_SERVER_URL: 'http://127.0.0.1:9/hunter2',
        HTTPS_PROXY: 'http://127.0.0.1:9',
        GODEBUG: 'http2client=0',
        HOME: home,
      },
    });
    expect(runDir, text).toBeDefined();
    expect(await errorsOf(runDir!)).toEqual(['tls']);
    expect(seen).toEqual([]);
    const names = ['K6_HTTP_DEBUG', 'K6_INSECURE_SKIP_TLS_VERIFY', 'K6_PAUSED'];
    const events = (await journalOf(runDir!)).map(({ event }) => event);
    expect(events.filter(({ kind }) => kind === 'environment-ignored')).toEqual([
      { kind: 'environment-ignored', names },
    ]);
    expect(text.split(`${names.join(', ')} are ignored`)).toHaveLength(2);
    expect(text).not.toContain(MARK);
    expect(await filesHolding(runDir!, MARK)).toEqual([]);
  });

  test('gives no warning if there is nothing to ignore', async () => {
    const { text, runDir } = await sent({ path: '/items/{key}' });
    expect(text).not.toContain('ignored');
    expect((await journalOf(runDir!)).map(({ event }) => event.kind)).not.toContain('environment-ignored');
  });
});

describe('secrets', () => {
  test('reach the server in queries, paths, bodies and headers, and appear in no file, tag or message', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const encoded = encodeURIComponent(SECRET);
    const cases: [operation: Record<string, unknown>, part: (one: Seen) => unknown, expected: string][] = [
      [
        { path: '/0/u/${SECRET}/{key}?api_key=${SECRET}' },
        ({ url }) => url.replace(/\/\d+\?/, '/<key>?'),
        `/0/u/${encoded}/<key>?api_key=${encoded}`,
      ],
      [
        { method: 'POST', path: '/1', body: '{"password":"${SECRET}","n":{row}}' },
        ({ body }) => (JSON.parse(body) as { password: string }).password,
        SECRET,
      ],
      [
        { method: 'PUT', path: '/2', body: 'password=${SECRET}&n={row}', headers: form },
        ({ body }) => new URLSearchParams(body).get('password'),
        SECRET,
      ],
      [
        { method: 'POST', path: '/3', body: 'x ${SECRET}', headers: { 'Content-Type': 'text/plain' } },
        ({ body }) => body,
        `x ${SECRET}`,
      ],
      [{ path: '/4', headers: { 'PRIVATE-TOKEN': '${SECRET}' } }, ({ headers }) => headers['private-token'], SECRET],
    ];
    const out = join(own.folder, 'k6.json');
    const { text, runDir } = await sentAll(
      cases.map(([operation]) => operation),
      { flags: [...SHORT, '--out', `json=${out}`], environment: { SECRET, K6_HTTP_DEBUG: 'full' } },
    );
    for (const [i, [, part, expected]] of cases.entries()) {
      const mine = seen.filter(({ url }) => url.startsWith(`/${i}`));
      expect(mine.length, text).toBeGreaterThan(2);
      expect([...new Set(mine.map(part))]).toEqual([expected]);
    }
    for (const form of [MARK, Buffer.from(SECRET).toString('base64').slice(0, 16)]) {
      expect(text).not.toContain(form);
      expect(await filesHolding(runDir!, form)).toEqual([]);
      expect((await readFile(out, 'utf8')).includes(form)).toBe(false);
    }
  });

  test('are removed from the output of k6 even if it prints every request', async () => {
    const port = await own.serve(remember);
    const post = operation({
      method: 'POST',
      path: '/u/${TOKEN}?key=${TOKEN}',
      body: '{"password":"${TOKEN}"}',
      headers: { 'X-Token': '${TOKEN}' },
    });
    const { end, rows } = await play({
      urls: [`http://127.0.0.1:${port}`],
      operations: [post],
      clients: [[{ dueMs: 0, operation: 0 }]],
      environment: { K6_HTTP_DEBUG: 'full', [`${SECRET_PREFIX}TOKEN`]: SECRET },
      secrets: [SECRET],
    });
    expect(rows).toHaveLength(1);
    expect(seen[0]).toMatchObject({ headers: { 'x-token': SECRET }, body: `{"password":${JSON.stringify(SECRET)}}` });
    expect(end.message).toMatch(/X-Token: \*\*\*/);
    expect(end.message).not.toContain(MARK);
  });

  test.each([[['--no-smoke']], [[]]])('do not leak through responses that echo them, with flags %j', async (flags) => {
    const answers: RequestListener[] = [
      (request) => request.socket.destroy(),
      ({ url }, response) => response.writeHead(302, { location: `http://elsewhere.example.test${url}` }).end(),
      ({ url }, response) => {
        if (url!.startsWith('/u/')) response.writeHead(302, { location: `/login${url}` });
        response.end('yes');
      },
      ({ url }, response) => response.end(`no ${url}`),
      ({ url }, response) => response.end(`no ${decodeURIComponent(url!)}`),
    ];
    const port = await Promise.all(answers.map((answer) => own.serve(answer)));
    const path = `/u/\${SECRET}/${'x'.repeat(40)}?api_key=\${SECRET}`;
    const { text, runDir } = await own.run({
      port,
      target: { operations: [{ name: 'get', path, check: { contains: 'yes' } }] },
      flags: [...SHORT, ...flags],
      environment: { SECRET },
    });
    expect(text).toMatch(flags.length === 0 ? /The smoke test before the load/ : /FAIL/);
    expect(text).not.toContain(MARK);
    expect(runDir === undefined ? [] : await filesHolding(runDir, MARK)).toEqual([]);
  });

  test('of an output are removed from the error message of k6', async () => {
    const { exitCode, text } = await sent(
      { path: '/items' },
      { flags: [...SHORT, '--out', `influxdb=http://me:${MARK}@127.0.0.1:port/k6`] },
    );
    expect(text).toMatch(/k6 exited before the first request[^]*http:\/\/me:\*\*\*@127\.0\.0\.1:port/);
    expect(exitCode, text).toBe(4);
    expect(text).not.toContain(MARK);
  });
});

describe('headers and bodies', () => {
  const type = ({ headers }: Seen) => headers['content-type'];

  test('the most specific header wins, whatever its spelling', async () => {
    const post = { method: 'POST', body: '{"n":{row}}' };
    await sentAll(
      [
        { ...post, path: '/0' },
        { ...post, path: '/1', headers: { 'CONTENT-TYPE': 'text/a' } },
      ],
      { target: { headers: { 'content-type': 'application/vnd.api+json' } } },
    );
    const types = new Set(seen.map((one) => `${one.url} ${type(one)}`));
    expect([...types].toSorted()).toEqual(['/0 application/vnd.api+json', '/1 text/a']);
  });

  test('a body is sent unchanged, as JSON by default', async () => {
    const cases: [body: string, expected: RegExp][] = [
      ['{"query":"{me\\{id} settings\\{key}}"}', /^\{"query":"\{me\{id\} settings\{key\}\}"\}$/],
      [
        '{"query":"{product(id:{key}){name price}}","n":{row}}',
        /^\{"query":"\{product\(id:\d+\)\{name price\}\}","n":\d+\}$/,
      ],
      ['{"a":{"n":{row}}}', /^\{"a":\{"n":\d+\}\}$/],
      ['{"sku":"item{key}","v":"\\${HOME}"}', /^\{"sku":"item\d+","v":"\$\{HOME\}"\}$/],
    ];
    const { text } = await sentAll(cases.map(([body], i) => ({ method: 'POST', path: `/${i}`, body })));
    for (const [i, [body, expected]] of cases.entries()) {
      const mine = seen.filter(({ url }) => url === `/${i}`);
      expect(mine.length, text).toBeGreaterThan(2);
      expect(
        mine.map((one) => one.body).filter((one) => !expected.test(one)),
        body,
      ).toEqual([]);
    }
    expect(new Set(seen.map(type))).toEqual(new Set(['application/json']));
  });
});

describe('a client certificate', () => {
  const wanted = async () => ({ ca: await readFile(client.caFile), requestCert: true, rejectUnauthorized: true });
  const target = (port: number, tls: object) => ({
    regions: [{ id: 'us-east-1', url: `https://${NAME}:${port}` }],
    tls: { caFile: 'trusted-ca.pem', ...tls },
  });

  test('is presented to the server, and neither it nor its key is copied', async () => {
    await using server = await https(trusted, await wanted());
    const tls = { certFile: 'client-server.pem', keyFile: 'client-server-key.pem' };
    const { text, runDir } = await own.run({ target: target(server.port, tls), flags: SHORT });
    expect(await errorsOf(runDir!), text).toEqual(['none']);
    expect(seen.length).toBeGreaterThan(10);
    const line = (await readFile(client.keyFile, 'utf8')).split('\n')[1]!;
    expect(await filesHolding(runDir!, line)).toEqual([]);
    expect(await filesHolding(runDir!, 'client-server-key.pem')).toEqual([]);
  });

  test('that the server requires and the target lacks is reported', async () => {
    await using server = await https(trusted, await wanted());
    const { text, runDir } = await own.run({ target: target(server.port, {}), flags: [...SHORT, '--no-smoke'] });
    expect(await errorsOf(runDir!), text).not.toContain('none');
    expect(seen).toEqual([]);
  });
});

describe('invalid settings are rejected with exit 2 and their position, without the value', () => {
  const get = (change: object) => ({ operations: [{ name: 'get', path: '/items', ...change }] });
  const post = (body: string, change: object = {}) => get({ method: 'POST', body, ...change });
  const clear = (what: string) =>
    new RegExp(`\\.yaml:\\d+:\\d+: ${what} must not be in clear text: got a clear-text value`);
  const files = { certFile: 'client-server.pem', keyFile: 'client-server-key.pem' };
  test.each<[what: string, target: Record<string, unknown>, says: RegExp]>([
    ['a token', get({ headers: { 'PRIVATE-TOKEN': `glpat-${MARK}` } }), clear('`PRIVATE-TOKEN`')],
    ['a token in a header of another name', { headers: { 'X-Upstream': `glpat-${MARK}` } }, clear('a GitLab token')],
    ['an API key in a query', get({ path: `/items?API_Key=${MARK}` }), clear('parameter `API_Key`')],
    ['a password in a body', post(`{"password":"${MARK}"}`), clear('field `password`')],
    ['a secret in a list', post(`{"users":[{"n":{row},"clientSecret":"${MARK}"}]}`), clear('field `clientSecret`')],
    ['a password in a form', post(`user=a&passwd=${MARK}`), clear('field `passwd`')],
    [
      'a secret in a body that is missing',
      post('{"password":"${NOT_SET}"}'),
      /:\d+:\d+: environment variable NOT_SET is not set/,
    ],
    [
      'a missing secret in a path',
      get({ path: '/items?token=${NOT_SET}' }),
      /:\d+:\d+: environment variable NOT_SET is not set/,
    ],
    ['a header twice', { headers: { 'X-Team': 'a', 'x-team': 'b' } }, /:\d+:\d+: duplicate header/],
    ['a GraphQL selection', post('{"query":"{settings{key}}"}'), /:\d+:\d+: ambiguous placeholder.*`\\\{key\}`/],
    ['an unknown placeholder', post('{"query":"{me{id}}"}'), /unknown placeholder: got \{id\}.*`\\\{id\}`/],
    ['a dollar before a placeholder', post('{"price":"${row}"}'), /ambiguous placeholder: got `\$\{row\}`/],
    ['an escaped closing brace', post('{"query":"{me\\{id\\}}"}'), /only the opening brace is escaped/],
    [
      'a certificate without a key',
      { tls: { certFile: files.certFile } },
      /:\d+:\d+: `certFile` and `keyFile` must be set together/,
    ],
    [
      'a key without a certificate',
      { tls: { keyFile: files.keyFile } },
      /:\d+:\d+: `certFile` and `keyFile` must be set together/,
    ],
    [
      'a missing certificate file',
      { tls: { ...files, certFile: 'no.pem' } },
      /:\d+:\d+: the client certificate file cannot be read/,
    ],
    [
      'a key as certificate',
      { tls: { ...files, certFile: files.keyFile } },
      /client certificate file contains no certificate/,
    ],
    ['a certificate as key', { tls: { ...files, keyFile: files.certFile } }, /client key file contains no key/],
    [
      'the key of another certificate',
      { tls: { ...files, keyFile: 'trusted-server-key.pem' } },
      /client key does not match the certificate/,
    ],
    ['an unknown key', { tls: { ...files, passphrase: 'x' } }, /unknown key in `tls`: got `passphrase`/],
  ])('%s', async (_, target, says) => {
    const refusal = await readTarget(await own.write({ target }), { SECRET }).then(
      () => null,
      (error: unknown) => error as AntipodeError,
    );
    expect(refusal?.message).toMatch(says);
    expect(refusal?.exitCode).toBe(2);
    expect(refusal?.message).not.toContain(MARK);
  });

  test('by the command too', async () => {
    const { exitCode, text } = await own.run({
      command: 'plan',
      target: get({ headers: { 'PRIVATE-TOKEN': `glpat-${MARK}` } }),
    });
    expect(text).toMatch(clear('`PRIVATE-TOKEN`'));
    expect(exitCode).toBe(2);
    expect(text).not.toContain(MARK);
  });
});
