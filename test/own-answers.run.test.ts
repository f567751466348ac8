import { readdir, readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ERRORS, ROW_STATE, type RecordedRow } from '../src/formats/recording.ts';
import type { RunResult } from '../reports/run-result.ts';
import type { Finished } from './antipode.ts';
import { ownPlace } from './own-place.ts';
import { NAME, ownSystem, recordingOf, REGIONS, type OwnRun, type OwnSystem } from './own-system.ts';
import { written } from './tls-server.ts';

// Responses of real systems that were once misread. Every region of a target is a server that misbehaves in its own
// way, so that one run covers many.

let system: OwnSystem;

beforeAll(async () => {
  system = await ownSystem();
});

afterAll(() => system[Symbol.asyncDispose]());

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** Handles a request after its body has been read. */
const serve = (answer: Answer): Promise<number> =>
  system.serve((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += String(chunk)));
    request.on('end', () => answer(request, response, body));
  });

const reply = (response: ServerResponse, status: number, headers: Record<string, string> = {}, body = '{}'): void => {
  response.writeHead(status, headers);
  response.end(body);
};

type Judged = Finished & Awaited<ReturnType<typeof recordingOf>> & { result: RunResult; runDir: string };

/** Without the smoke test, which would end most of these runs. */
async function judge(run: OwnRun): Promise<Judged> {
  const { result, runDir, ...rest } = await system.run({ ...run, flags: ['--duration', '2', '--no-smoke'] });
  if (!result || !runDir) throw new Error(rest.text);
  return { ...rest, result, runDir, ...(await recordingOf(runDir)) };
}

const errorsIn = (rows: RecordedRow[], region: number): string[] => [
  ...new Set(
    rows.filter((r) => r.requestedRegion === region && r.state & ROW_STATE.bad).map(({ error }) => ERRORS[error]!),
  ),
];

const cellIn = ({ cells }: RunResult, region: number, claim = 'availability') =>
  cells.find((cell) => cell.claim === claim && cell.subject === REGIONS[region])!;

test('redirects keep method and body, or become a GET, according to RFC 9110', async () => {
  const cases: [status: number, method: string, arrivesAs: string][] = [
    [301, 'POST', 'GET without body'],
    [302, 'POST', 'GET without body'],
    [303, 'POST', 'GET without body'],
    [303, 'PUT', 'GET without body'],
    [307, 'POST', 'POST with body'],
    [308, 'POST', 'POST with body'],
    [308, 'PATCH', 'PATCH with body'],
    [302, 'DELETE', 'DELETE with body'],
    [301, 'HEAD', 'HEAD without body'],
    [307, 'HEAD', 'HEAD without body'],
  ];
  const arrived = new Map<string, Set<string>>();
  const port = await serve((request, response, body) => {
    const [, kind, status, method] = request.url!.split('/');
    if (kind === 'from') return reply(response, Number(status), { location: `/to/${status}/${method}` });
    const as = arrived.get(`${status} ${method}`) ?? new Set();
    arrived.set(`${status} ${method}`, as.add(`${request.method} ${body === '' ? 'without' : 'with'} body`));
    reply(response, 200);
  });
  const operations = cases.map(([status, method]) => ({
    name: `${method.toLowerCase()}-${status}`,
    method,
    path: `/from/${status}/${method}`,
    ...(method === 'HEAD' ? {} : { body: '{"n":{row}}' }),
  }));
  const mix = Object.fromEntries(operations.map(({ name }) => [name, 1 / operations.length]));
  const { exitCode, result, text } = await judge({ port, target: { operations }, profile: { mix } });
  expect(exitCode, text).toBe(0);
  for (const [status, method, as] of cases) {
    expect([...(arrived.get(`${status} ${method}`) ?? [])], `${status} ${method}`).toEqual([as]);
    const name = `${method.toLowerCase()}-${status}`;
    expect(result.notes.join('\n')).toMatch(
      new RegExp(
        `responses to ${name} \\(100 %\\) came after a redirect: \\d+ to /to/${status}/${method} \\(${status}\\)`,
      ),
    );
  }
});

test('a redirect is followed only within the same address, whatever its spelling', async () => {
  let asked = 0;
  const same = ['http://a.example.test:PORT/x', '//A.example.TEST:PORT/x', '/x', 'x', '../x', '?x'];
  const cases: [what: string, answer: (port: number) => Answer, error: string[], says: RegExp][] = [
    [
      'the same address',
      (port) => (request, response) =>
        /[/?]x$/.test(request.url!)
          ? reply(response, 200)
          : reply(response, 302, { location: same[(asked += 1) % same.length]!.replace('PORT', String(port)) }),
      [],
      /^/,
    ],
    [
      'another host',
      () => (_, response) => reply(response, 302, { location: 'https://login.example/sso?ticket=1' }),
      ['redirect'],
      /redirects to https:\/\/login\.example\/sso\)/,
    ],
    [
      'https of the same name',
      () => (_, response) => reply(response, 301, { location: `https://${NAME}/` }),
      ['redirect'],
      /redirects to https:\/\/a\.example\.test\/\)/,
    ],
    ['a circle', () => (_, response) => reply(response, 302, { location: '/again' }), ['redirect'], /more than 10/],
    ['nowhere', () => (_, response) => reply(response, 302), ['redirect'], /302 without a Location/],
    ['not modified, which is none', () => (_, response) => reply(response, 304), ['none'], /expect: \[304\]/],
  ];
  const ports: number[] = [];
  for (const [, answer] of cases) ports.push(await serve((...args) => answer(ports[0]!)(...args)));
  const { exitCode, result, rows } = await judge({ port: ports });
  expect(exitCode).toBe(1);
  for (const [region, [what, , error, says]] of cases.entries()) {
    expect(errorsIn(rows, region), what).toEqual(error);
    // Reports group errors of one kind by the most frequent text, so this reads the requests themselves.
    const told = result.worst.filter(({ region: id }) => id === REGIONS[region]).map(({ text }) => `(${text})`);
    const why = cellIn(result, region).why;
    expect([...told, why].join('\n'), what).toMatch(says);
    if (error.length > 0) expect(cellIn(result, region).status, what).toBe('FAIL');
  }
});

test('redirects to a login page pass only if the operation follows redirects, and then every report states it', async () => {
  const port = await serve((request, response) =>
    request.url === '/login' ? reply(response, 200) : reply(response, 302, { location: '/login' }),
  );
  const operations = [
    { name: 'followed', path: '/a' },
    { name: 'refused', class: 'write', path: '/b', redirects: 'none' },
    { name: 'declared', class: 'auth', path: '/c', redirects: 'none', expect: [302] },
  ];
  const claims = ['read', 'write', 'auth'].map((its) => ({
    id: its,
    kind: 'availability',
    classes: [its],
    maxBadShare: 0.2,
  }));
  const { result, text } = await judge({
    port,
    target: { operations, claims },
    profile: { mix: { followed: 0.4, refused: 0.3, declared: 0.3 } },
  });
  expect(['read', 'write', 'auth'].map((claim) => cellIn(result, 0, claim).status)).toEqual(['PASS', 'FAIL', 'PASS']);
  expect(cellIn(result, 0, 'write').why).toContain('redirects to /login, but the operation declares redirects: none');
  expect(text).toMatch(
    /responses\s+to\s+followed\s+\(100 %\)\s+came\s+after\s+a\s+redirect:\s+\d+\s+to\s+\/login\s+\(302\)/,
  );
});

test('bodies are checked if the operation has a check, and reported as not tested otherwise', async () => {
  const cases: [check: Record<string, unknown>, good: string, says: RegExp][] = [
    [{ json: { path: 'data.items.0.id' } }, '{"data":{"items":[{"id":1}]}}', /the body has no data\.items\.0\.id/],
    [{ json: { path: 'ok', equals: true } }, '{"ok":true}', /ok is absent, expected true/],
    [{ contains: '"data"' }, '{"data":1}', /does not contain/],
    [{ matches: '^\\{"data"' }, '{"data":1}', /does not match/],
    [{ maxBytes: 12 }, '{"data":1}', /40 bytes, at most 12 expected/],
  ];
  const port = await serve((request, response) => {
    const [, which, i] = request.url!.split('/');
    reply(response, 200, {}, which === 'good' ? cases[Number(i)]![1] : '{"errors":[{"message":"no such field"}]}');
  });
  const operations = cases.flatMap(([check], i) => [
    { name: `good-${i}`, path: `/good/${i}`, check },
    { name: `bad-${i}`, path: `/bad/${i}`, check },
  ]);
  const mix = Object.fromEntries(operations.map(({ name }) => [name, 1 / operations.length]));
  const { exitCode, result, rows, runDir, otherLines } = await judge({
    port,
    target: { operations },
    profile: { mix },
  });
  expect(exitCode).toBe(1);
  const timetable = await readFile(join(runDir, 'timetable.bin'));
  for (const row of rows) {
    const { name } = operations[timetable.readUInt16LE(row.row * 16 + 4)]!;
    const isGood = name.startsWith('good');
    const found = [name, ERRORS[row.error], (row.state & ROW_STATE.bad) === 0];
    expect(found).toEqual([name, isGood ? 'none' : 'answer', isGood]);
  }
  for (const [, , says] of cases) expect(otherLines.join('\n').replaceAll('\\"', '"')).toMatch(says);
  expect(result.worst[0]!.text).not.toBe('');
  expect(result.notTested.join()).not.toContain('under load: only the status is checked');
});

test('a journey that throws fails the request it threw at, and its unsent steps are counted', async () => {
  const port = [
    await serve((_, response) => reply(response, 200, {}, '<html>Sign in</html>')),
    await serve((_, response) => reply(response, 401)),
  ];
  const { exitCode, rows, result } = await judge({
    port,
    target: {
      operations: [
        { name: 'login', class: 'auth', method: 'POST', path: '/login' },
        { name: 'session-check', class: 'auth', path: '/session' },
        { name: 'sign-in', class: 'auth', journey: 'sign-in', steps: ['login', 'session-check'] },
      ],
    },
    profile: { mix: { 'sign-in': 1 }, origins: { 'new-york': 0.5, columbus: 0.5 } },
  });
  expect(exitCode).toBe(1);
  expect(errorsIn(rows, 0)).toEqual(['script']);
  expect(rows.every(({ state, step }) => state & ROW_STATE.bad && step === 0)).toBe(true);
  expect(result.worst.find(({ error }) => error === 'script')!.text).toMatch(/SyntaxError/);
  expect(cellIn(result, 1).why).toMatch(/got status 401/);
  expect(result.notes).toContainEqual(
    expect.stringMatching(/^session-check of sign-in: (\d[\d,]*) of \1 planned steps were not sent/),
  );
  expect(result.notTested).toContainEqual(expect.stringContaining('under load: only the status is checked'));
});

test('the serving region is never guessed', async () => {
  const names = ['us-east-1', 'use1-az2', 'constructor', undefined];
  let answers = 0;
  const port = await Promise.all(
    names.map((name) => serve((_, response) => reply(response, 200, name ? { 'x-served-region': name } : {}))),
  );
  // This server names its region in every second response: the others may have come from any region.
  port.push(
    await serve((_, response) =>
      reply(response, 200, (answers += 1) % 2 === 0 ? { 'x-served-region': REGIONS[4]! } : {}),
    ),
  );
  const { result } = await judge({
    port,
    target: {
      observe: { region: 'x-served-region' },
      claims: [{ id: 'home', kind: 'home-share', classes: ['read'], maxBadShare: 0.4 }],
    },
    profile: {
      arrivals: { ratePerSecond: 60 },
      origins: { 'new-york': 0.2, columbus: 0.2, 'san-francisco': 0.2, seattle: 0.2, montreal: 0.2 },
    },
  });
  const homes = result.cells.filter(({ claim }) => claim === 'home');
  expect(homes.map(({ status }) => status)).toEqual(['PASS', ...Array<string>(4).fill('INCONCLUSIVE')]);
  expect(homes[4]!.why).toMatch(/0 of \d+ .*served by another region .*But \d+ more responses named no region/);
  for (const cell of homes.slice(1, 4)) {
    expect(cell.total).toBe(0);
    expect(cell.why).toMatch(
      /no response named a region of this target; the region header was "(use1-az2|constructor)"/,
    );
  }
  for (const { homeShare } of result.series.slice(1, 4)) expect(homeShare.every((share) => share === null)).toBe(true);
});

test('a FAIL shows the unexpected responses', async () => {
  await using raw = await rawServers([
    'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf',
    'SSH-2.0-OpenSSH_9.2\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
  ]);
  const answers = (status: number): Promise<number> =>
    serve((_, response) => reply(response, status, { 'retry-after': '30' }, ''));
  const cases: [port: number, error: string, says: RegExp][] = [
    [raw.ports[0]!, 'cut-short', /ended with cut-short \(.*EOF/],
    [raw.ports[1]!, 'protocol', /ended with protocol \(/],
    [raw.ports[2]!, 'protocol', /ended with protocol \(/],
    [await answers(201), 'none', /All [\d,]+ failed requests got status 201\. .*`expect: \[201\]`/],
    [await answers(204), 'none', /got status 204\. .*`expect: \[204\]`/],
    [await answers(404), 'http-4xx', /got status 404\./],
    [await answers(415), 'http-4xx', /got status 415\./],
    [await answers(429), 'http-4xx', /got status 429\. Retry-After: 30\. All load comes from one IP address/],
    [await answers(403), 'http-4xx', /got status 403\. Retry-After: 30\. All load comes from one IP address/],
    [await answers(500), 'http-5xx', /got status 500\./],
  ];
  const { result, rows } = await judge({ port: cases.map(([port]) => port) });
  for (const [region, [, error, says]] of cases.entries()) {
    expect(errorsIn(rows, region), REGIONS[region]).toEqual([error]);
    expect(cellIn(result, region)).toMatchObject({ status: 'FAIL', why: expect.stringMatching(says) as string });
  }
  const texts = result.worst.map(({ text }) => text).join('\n');
  expect(texts).toMatch(/malformed HTTP/);
  expect(texts).toMatch(/unsupported response status: 101/);
});

test('the smoke test ends the command on unexpected responses, and shows them', async () => {
  const cases: [path: string, answer: Answer, says: RegExp][] = [
    ['/created', (_, r) => reply(r, 201), /`op-0` \(GET \/created\) in us-east-1: 201, expected 200/],
    [
      '/moved',
      (_, r) => reply(r, 302, { location: 'https://x.example/' }),
      /302 \(redirects to https:\/\/x\.example\/\)/,
    ],
    ['/empty', (_, r) => reply(r, 200), /200 \(the body does not contain "data": it begins "\{\}"\)/],
    ['/secret', (_, r) => reply(r, 401), /401, expected 200/],
  ];
  let asked = 0;
  const port = await serve((request, response, body) => {
    asked += 1;
    cases.find(([path]) => path === request.url)![1](request, response, body);
  });
  const operations = cases.map(([path], i) => ({
    name: `op-${i}`,
    path,
    ...(path === '/empty' ? { check: { contains: 'data' } } : {}),
  }));
  const { exitCode, text, runDir } = await system.run({
    port,
    target: { operations },
    profile: { mix: { 'op-0': 0.25, 'op-1': 0.25, 'op-2': 0.25, 'op-3': 0.25 } },
  });
  for (const [, , says] of cases) expect(text).toMatch(says);
  expect(text).toContain('--no-smoke');
  expect([exitCode, runDir]).toEqual([4, undefined]);
  expect(asked).toBeLessThanOrEqual(3 * cases.length);
});

test('the smoke test leaves target failures to the run, and tolerates one failing key of three', async () => {
  let asked = 0;
  const port = [
    await serve((_, response) => reply(response, 503)),
    await serve((_, response) => reply(response, (asked += 1) === 1 ? 404 : 200)),
  ];
  const { exitCode, result, text } = await system.run({ port, flags: ['--duration', '1'] });
  expect([exitCode, result?.verdict], text).toEqual([1, 'FAIL']);
  expect(text).toMatch(/smoke: `get` \(GET \/items\/\{key\}\) in us-east-1: 503/);
  expect(cellIn(result!, 1).bad).toBe(0);
});

test('each session starts with an empty cookie jar and keeps its cookies between requests', async () => {
  const visits = new Map<string, number>();
  const port = await serve((request, response) => {
    const visit = /visit=(\d+)/.exec(request.headers.cookie ?? '')?.[1] ?? String(visits.size);
    visits.set(visit, (visits.get(visit) ?? 0) + 1);
    reply(response, 200, { 'set-cookie': `visit=${visit}; Path=/` });
  });
  const { rows, runDir, result } = await judge({ port });
  const timetable = await readFile(join(runDir, 'timetable.bin'));
  const starts = rows.filter(({ row }) => timetable.readUInt8(row * 16 + 15) === 1).length;
  expect(result.verdict).toBe('PASS');
  expect(visits.size).toBe(starts);
  expect(Math.max(...visits.values())).toBeGreaterThan(2);
});

/** TCP servers that respond to every request with these bytes and close the connection. */
async function rawServers(answers: string[]): Promise<AsyncDisposable & { ports: number[] }> {
  const servers = answers.map((answer) =>
    createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end(answer));
    }),
  );
  await Promise.all(servers.map((server) => new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))));
  return {
    ports: servers.map((server) => (server.address() as AddressInfo).port),
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
    },
  };
}

test('Ctrl-C during the smoke test exits with 130, sends no load and leaves nothing behind', async () => {
  let wasAsked = (): void => {};
  const asked = new Promise<void>((resolve) => (wasAsked = resolve));
  const port = await system.serve(() => wasAsked()); // never responds
  const place = await ownPlace();
  try {
    const target = await system.write({ port });
    const profile = await written(system.folder, 'hurried.yaml', HURRIED);
    const running = place.start(['load', '--profile', profile, '--target', target, '--duration', '1']);
    await asked;
    running.kill('SIGINT');
    const { exitCode, all } = await running;
    expect([exitCode, all], all).toEqual([130, expect.stringContaining('Interrupted before the first request')]);
    expect(await readdir(place.runs)).toEqual([]);
  } finally {
    await place[Symbol.asyncDispose]();
  }
});

const HURRIED = `title: One city
arrivals: { ratePerSecond: 20 }
mix: { get: 1 }
origins: { new-york: 1 }
`;
