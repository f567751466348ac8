import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ERRORS, JSON_PREFIX, LONG_VERSION, ROW_STATE } from '../src/formats/recording.ts';
import { COHORTS, NO_RETRIES } from '../src/formats/timetable.ts';
import { operation, play } from './play.ts';

/** An HTTP server that stops with the test. */
async function serve(listener: RequestListener): Promise<AsyncDisposable & { url: string }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const every = (count: number, gapMs: number, index = 0) =>
  Array.from({ length: count }, (_, i) => ({ dueMs: i * gapMs, operation: index }));

test('every row of the timetable is recorded exactly once, with the data of its response', async () => {
  await using server = await serve((_, response) => {
    response.setHeader('X-Served-Region', 'region-0');
    response.setHeader('X-Data-Source', 'replica');
    response.setHeader('X-Record-Version', '42');
    response.setHeader('Server-Timing', 'db;dur=1, total;dur=2.5');
    response.end('hello');
  });
  const { rows, end } = await play({
    urls: [server.url],
    operations: [operation()],
    clients: [every(100, 5), every(100, 5), every(100, 5)],
  });
  expect(end.exitCode).toBe(0);
  expect(rows.map((row) => row.row).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, i) => i));
  expect(new Set(rows.map((row) => [row.servedRegion, row.source, row.recordVersion, row.serverUs].join()))).toEqual(
    new Set(['0,2,42,2500']),
  );
});

test('a refused connection is bad, has its real duration and is always recorded', async () => {
  const { rows } = await play({
    urls: ['http://127.0.0.1:9'],
    operations: [operation()],
    clients: [every(20, 10)],
  });
  expect(rows).toHaveLength(20);
  for (const row of rows) {
    expect(row.state & ROW_STATE.bad).toBe(ROW_STATE.bad);
    expect(ERRORS[row.error]).toBe('refused');
  }
});

test('a cohort with retries sends the request again after a pause, and records each attempt; the last one has no retry mark', async () => {
  let asked = 0;
  await using server = await serve((_, response) => {
    asked += 1;
    response.statusCode = asked < 3 ? 503 : 200;
    response.end();
  });
  const { rows } = await play({
    urls: [server.url],
    operations: [operation()],
    clients: [[{ dueMs: 0, operation: 0 }]],
    cohort: COHORTS.indexOf('sticky'),
    config: { retries: { fresh: NO_RETRIES, ttl: NO_RETRIES, sticky: { max: 3, backoffMs: 80 }, direct: NO_RETRIES } },
  });
  expect(rows.map(({ row, attempt, status }) => [row, attempt, status])).toEqual([
    [0, 0, 503],
    [0, 1, 503],
    [0, 2, 200],
  ]);
  expect(rows.map(({ state }) => (state & ROW_STATE.retried) !== 0)).toEqual([true, true, false]);
  // Half of 80 ms is fixed, and of the second pause half of 160.
  expect(rows[1]!.startMs - rows[0]!.startMs).toBeGreaterThanOrEqual(39);
  expect(rows[2]!.startMs - rows[1]!.startMs).toBeGreaterThanOrEqual(79);
});

test('a request that times out has the duration of its timeout and is recorded as a timeout', async () => {
  await using server = await serve(() => {});
  const { rows } = await play({
    urls: [server.url],
    operations: [operation({ timeoutMs: 300 })],
    clients: [every(2, 10)],
  });
  expect(rows.map((row) => ERRORS[row.error])).toEqual(['timeout', 'timeout']);
  expect(rows[0]!.totalUs).toBeGreaterThanOrEqual(299_000);
  // The second was due at 10 ms but its client was busy: recorded as the client's wait.
  expect(rows[1]!.startMs).toBeGreaterThanOrEqual(299);
  expect(rows[1]!.state & ROW_STATE.clientBlocked).toBe(ROW_STATE.clientBlocked);
});

test('headers contain the tenant and the key of their own request', async () => {
  const seen: unknown[] = [];
  await using server = await serve((request, response) => {
    seen.push([request.headers['x-tenant'], request.headers['x-record'], request.headers['x-fixed']]);
    response.end();
  });
  await play({
    urls: [server.url],
    operations: [operation({ headers: { 'X-Tenant': '{tenant}', 'X-Record': 'no {key}', 'X-Fixed': '\\{key}' } })],
    clients: [
      [
        { dueMs: 0, operation: 0, key: 7 },
        { dueMs: 20, operation: 0, key: 8 },
      ],
    ],
    config: { tenants: ['acme'] },
  });
  expect(seen).toEqual([
    ['acme', 'no 7', '{key}'],
    ['acme', 'no 8', '{key}'],
  ]);
});

test('a journey is one timetable row with a recorded step for every request', async () => {
  await using server = await serve((request, response) => {
    if (request.method === 'POST') {
      response.statusCode = 201;
      response.end('{"token":"secret-7"}');
    } else {
      response.statusCode = request.headers.authorization === 'Bearer secret-7' ? 200 : 401;
      response.end();
    }
  });
  const { rows } = await play({
    urls: [server.url],
    operations: [
      operation({ name: 'login', method: 'POST', path: '/sessions', body: '{"user":"{key}"}', expect: [201] }),
      operation({ name: 'session-check', path: '/sessions/current' }),
      operation({ name: 'sign-in', kind: 'journey', steps: [0, 1] }),
    ],
    clients: [[{ dueMs: 0, operation: 2 }]],
  });
  expect(rows.map((row) => [row.row, row.step, row.status])).toEqual([
    [0, 0, 201],
    [0, 1, 200],
  ]);
});

test('a cart edit sends the version that it read, and records the versions that it read and wrote', async () => {
  const asked: unknown[] = [];
  await using server = await serve((request, response) => {
    let body = '';
    request.on('data', (piece) => (body += String(piece)));
    request.on('end', () => {
      asked.push([request.method, request.url, request.headers['x-vector-clock'], body]);
      if (asked.length === 1) response.statusCode = 404;
      else response.setHeader('X-Vector-Clock', `{"us-east-1":${asked.length - 1}}`);
      response.end();
    });
  });
  const { rows, otherLines } = await play({
    urls: [server.url],
    operations: [
      operation({ name: 'cart-read', path: '/carts/{key}', expect: [200, 404] }),
      operation({ name: 'cart-write', method: 'PUT', path: '/carts/{key}', body: '{"{run}.{row}":1}' }),
      operation({ name: 'cart-edit', kind: 'journey', steps: [0, 1] }),
    ],
    clients: [[7, 7].map((key, i) => ({ dueMs: 100 * i, operation: 2, key }))],
  });
  expect(asked).toEqual([
    ['GET', '/carts/7', undefined, ''],
    ['PUT', '/carts/7', '{}', '{"play.0":1}'],
    ['GET', '/carts/7', undefined, ''],
    ['PUT', '/carts/7', '{"us-east-1":2}', '{"play.1":1}'],
  ]);
  expect(rows.map((row) => [row.row, row.step, row.status, row.state & ROW_STATE.bad])).toEqual([
    [0, 0, 404, 0],
    [0, 1, 200, 0],
    [1, 0, 200, 0],
    [1, 1, 200, 0],
  ]);
  const events = otherLines.filter((line) => line.startsWith(JSON_PREFIX));
  expect(events.map((line) => JSON.parse(line.slice(JSON_PREFIX.length)) as unknown)).toEqual([
    { kind: 'note', name: 'cart-read', row: 0, said: { clock: {} } },
    { kind: 'note', name: 'cart-written', row: 0, said: { known: {}, clock: { 'us-east-1': 1 } } },
    { kind: 'note', name: 'cart-read', row: 1, said: { clock: { 'us-east-1': 2 } } },
    { kind: 'note', name: 'cart-written', row: 1, said: { known: { 'us-east-1': 2 }, clock: { 'us-east-1': 3 } } },
  ]);
});

test('a journey that throws is recorded as bad, and the client continues', async () => {
  await using server = await serve((_, response) => {
    response.statusCode = 201;
    response.end('not JSON');
  });
  const { rows, otherLines } = await play({
    urls: [server.url],
    operations: [
      operation({ name: 'login', method: 'POST', expect: [201] }),
      operation({ name: 'session-check' }),
      operation({ name: 'sign-in', kind: 'journey', steps: [0, 1] }),
    ],
    clients: [
      [
        { dueMs: 0, operation: 2 },
        { dueMs: 50, operation: 0 },
      ],
    ],
  });
  expect(rows.map((row) => row.row)).toEqual([0, 1]);
  expect(rows.map(({ error }) => ERRORS[error])).toEqual(['script', 'none']);
  expect(rows[0]!.state & ROW_STATE.bad).toBe(ROW_STATE.bad);
  const event = otherLines.find((line) => line.startsWith(JSON_PREFIX))!.slice(JSON_PREFIX.length);
  expect(JSON.parse(event)).toMatchObject({
    kind: 'error',
    row: 0,
    text: expect.stringMatching(/SyntaxError/) as string,
  });
});

test('a record version is read exactly: no version and 0 differ, and no digit is lost', async () => {
  const said = ['"5"', 'W/"6"', '0', undefined, '1764412800123456789', '"abc"', '4294967295'];
  await using server = await serve((request, response) => {
    const version = said[Number(request.url!.slice(1))];
    if (version !== undefined) response.setHeader('ETag', version);
    response.end();
  });
  const { rows, otherLines } = await play({
    urls: [server.url],
    operations: [operation({ path: '/{key}' })],
    clients: [said.map((_, i) => ({ dueMs: i * 20, operation: 0, key: i }))],
    config: { observe: { region: '', source: '', version: '', recordVersion: 'Etag', serverTiming: '' } },
  });
  const versioned = rows.map(({ state }) => (state & ROW_STATE.versioned) !== 0);
  expect(versioned).toEqual([true, true, true, false, true, false, true]);
  expect(rows.map(({ recordVersion }) => recordVersion)).toEqual([5, 6, 0, 0, LONG_VERSION, 0, LONG_VERSION]);
  const events = otherLines.map((line) => JSON.parse(line.slice(JSON_PREFIX.length)) as unknown);
  expect(events).toEqual([
    { kind: 'version', row: 4, step: 0, attempt: 0, digits: '1764412800123456789' },
    { kind: 'version', row: 6, step: 0, attempt: 0, digits: '4294967295' },
    {
      kind: 'tally',
      row: 6,
      counts: [{ tally: 'unread-version', operation: 0, value: '"abc"', count: 1 }],
    },
  ]);
});

test('a stopped k6 keeps its recorded rows and adds none', async () => {
  await using server = await serve((_, response) => response.end());
  const { rows, end, t0 } = await play({
    urls: [server.url],
    operations: [operation()],
    clients: Array.from({ length: 10 }, () => every(600, 50)),
    during: (k6) => setTimeout(() => process.kill(k6.pid, 'SIGINT'), 2_500),
  });
  const stoppedMs = Date.now() - t0;
  expect(end.exitCode).toBe(105);
  for (let client = 0; client < 10; client += 1) {
    const own = rows.filter((row) => Math.floor(row.row / 600) === client);
    // Each client's rows are a prefix of its timetable, none sent early.
    expect(own.map((row) => row.row)).toEqual(own.map((_, i) => client * 600 + i));
    for (const row of own) expect(row.startMs).toBeGreaterThanOrEqual((row.row % 600) * 50 - 1);
    expect(own.length).toBeGreaterThan(30);
    expect(own.length).toBeLessThan(stoppedMs / 50 + 1);
  }
});

test('a redirect within the target is followed and counted as one request', async () => {
  await using server = await serve((request, response) => {
    if (request.url === '/fast') {
      response.writeHead(302, { Location: '/there' });
      response.end();
    } else response.end('there');
  });
  const { rows } = await play({ urls: [server.url], operations: [operation()], clients: [every(3, 20)] });
  expect(rows.map((row) => row.status)).toEqual([200, 200, 200]);
});

test('a sticky client resolves its region again when its connection breaks', async () => {
  await using server = await serve((_, response) => response.end());
  let asked = 0;
  const { rows } = await play({
    urls: ['http://127.0.0.1:9', server.url],
    operations: [operation()],
    clients: [every(4, 30)],
    cohort: 2,
    resolve: () => {
      asked += 1;
      return Promise.resolve({ region: asked === 1 ? 0 : 1, ttlSeconds: 0.001 });
    },
  });
  expect(rows.map((row) => row.requestedRegion)).toEqual([0, 1, 1, 1]);
});

test('a fresh client opens a connection for every request, other clients do not', async () => {
  await using server = await serve((_, response) => response.end());
  const connections = async (cohort: number): Promise<number> => {
    const { rows } = await play({ urls: [server.url], operations: [operation()], clients: [every(10, 20)], cohort });
    return rows.filter((row) => row.state & ROW_STATE.newConnection).length;
  };
  expect(await connections(0)).toBe(10);
  expect(await connections(1)).toBe(1);
});

test('requests are tagged only if an output is requested', async () => {
  await using server = await serve((request, response) => {
    response.statusCode = request.url === '/missing' ? 404 : 200;
    response.end();
  });
  const folder = await mkdtemp(join(tmpdir(), 'antipode-output-'));
  const file = join(folder, 'metrics.json');
  /** Tags of every request that k6 counted. */
  const tags = async (): Promise<Record<string, string>[]> =>
    (await readFile(file, 'utf8'))
      .split('\n')
      .filter((line) => line.includes('"metric":"http_reqs"') && line.includes('"type":"Point"'))
      .map((line) => (JSON.parse(line) as { data: { tags: Record<string, string> } }).data.tags)
      .filter(({ operation: name }) => name !== undefined);
  const operations = [operation(), operation({ name: 'look', path: '/missing', expect: [200] })];
  const clients = [[...every(3, 10), { dueMs: 40, operation: 1 }]];
  try {
    const tagged = await play({ urls: [server.url], operations, clients, out: [`json=${file}`] });
    expect(tagged.rows).toHaveLength(4);
    const common = { run: 'play', region: 'region-0', class: 'read', vantage: 'client' };
    const good = { ...common, operation: 'get', status: '200', expected_response: 'true' };
    const bad = { ...common, operation: 'look', status: '404', expected_response: 'false' };
    expect(await tags()).toEqual([good, good, good, bad]);

    // K6_OUT bypasses Antipode: the same metrics without tags.
    const plain = await play({ urls: [server.url], operations, clients, environment: { K6_OUT: `json=${file}` } });
    expect(plain.rows).toHaveLength(4);
    expect(await readFile(file, 'utf8')).toContain('"metric":"http_reqs"');
    expect(await tags()).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
