import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { ERRORS, ROW_STATE } from '../src/formats/recording.ts';
import { COHORTS, type TimetableIndex } from '../src/formats/timetable.ts';
import { antipode, judged, notPassed, ROOT } from './antipode.ts';
import type { Finished } from './antipode.ts';
import { readRecording } from './play.ts';
import { makeCertificate, serveTls, written } from './tls-server.ts';
import type { Certificate, Seen, TlsServer } from './tls-server.ts';

// Your own target: two regions on loopback with names and certificates, under load by the real command.

const NAMES = ['api-a.example.test', 'api-b.example.test'] as const;
const SECRET = 'hunter2-is-not-for-files';

let folder: string;
/** Temporary directory of the commands. */
let temporary: string;
let trusted: Certificate;
let unknown: Certificate;
let profile: string;
const runDirs = new Set<string>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antipode-own-'));
  temporary = join(folder, 'tmp');
  await mkdir(temporary);
  trusted = await makeCertificate(folder, 'trusted', [...NAMES, 'localhost']);
  unknown = await makeCertificate(folder, 'unknown', ['elsewhere.example.test']);
  profile = await written(
    folder,
    'two-cities.yaml',
    stringify({
      title: 'Two cities',
      arrivals: { ratePerSecond: 20 },
      session: { meanRequests: 4, thinkMedianMs: 200 },
      cohorts: { fresh: 0.2, ttl: 0.4, sticky: 0.3, direct: 0.1 },
      access: { fixed: 1 },
      mix: { list: 0.6, moved: 0.1, add: 0.3 },
      origins: { 'new-york': 0.5, london: 0.5 },
    }),
  );
});

afterAll(async () => {
  for (const dir of [folder, ...runDirs]) await rm(dir, { recursive: true, force: true });
});

/** A target file with two servers by name; `changes` replace its keys. */
const targetFile = (ports: readonly number[], changes: Record<string, unknown> = {}): Promise<string> =>
  written(
    folder,
    'target.yaml',
    stringify({
      acknowledged: true,
      maxRatePerSecond: 60,
      allowHosts: NAMES,
      resolve: Object.fromEntries(NAMES.map((name) => [name, '127.0.0.1'])),
      tls: { caFile: 'trusted-ca.pem' },
      headers: { Authorization: 'Bearer ${OWN_TARGET_TOKEN}', 'X-Team': 'checkout' },
      regions: ['us-east-1', 'eu-west-1'].map((id, i) => ({ id, url: `https://${NAMES[i]}:${ports[i]}/v1` })),
      operations: [
        { name: 'list', path: '/items?page={key}' },
        { name: 'moved', path: '/moved' },
        { name: 'add', method: 'POST', path: '/items', body: '{"n":{row}}', expect: [201] },
      ],
      // Loose limits, which can be decided in seconds on two cores.
      claims: [
        { id: 'reads', kind: 'latency', classes: ['read'], vantage: 'region', maxBadShare: 0.05, limitMs: 400 },
        { id: 'availability', kind: 'availability', classes: ['read', 'write'], maxBadShare: 0.05 },
      ],
      ...changes,
    }),
  );

/** Two servers of one target, with one certificate. */
async function twoRegions(answer: Parameters<typeof serveTls>[1] = wellBehaved): Promise<[TlsServer, TlsServer]> {
  return [await serveTls(trusted, wellBehaved), await serveTls(trusted, answer)];
}

const wellBehaved: NonNullable<Parameters<typeof serveTls>[1]> = (request, response) => {
  if (request.url === '/v1/moved') response.writeHead(302, { location: '/v1/items?page=moved' });
  else response.statusCode = request.method === 'POST' ? 201 : 200;
  response.end('{}');
};

/** Without the smoke test, because the servers count requests. */
async function load(target: string, ...flags: string[]): Promise<Finished> {
  const args = ['load', '--profile', profile, '--target', target, '--no-smoke', ...flags];
  const run = await judged(args, { OWN_TARGET_TOKEN: SECRET, TMPDIR: temporary });
  if (run.runDir) runDirs.add(run.runDir);
  return run;
}

const rowsOf = async (runDir: string) => {
  const { rows } = readRecording(await readFile(join(runDir, 'recording.log'), 'utf8'));
  const { clients } = JSON.parse(await readFile(join(runDir, 'timetable.json'), 'utf8')) as TimetableIndex;
  const plan = JSON.parse(await readFile(join(runDir, 'plan.json'), 'utf8')) as { origins: { kind: string }[] };
  return rows
    .map((row) => {
      const client = clients.firstRow.findLastIndex((first) => first <= row.row);
      return {
        ...row,
        client,
        cohort: COHORTS[clients.cohort[client]!],
        place: plan.origins[clients.origin[client]!]!,
      };
    })
    .filter(({ place }) => place.kind !== 'control');
};

const ofRun = ({ seen }: TlsServer, runDir: string): Seen[] =>
  seen.filter(({ headers }) => runDir.endsWith(String(headers['x-antipode-run'])));

test.each(['emulate', 'difference', 'none'])(
  'names, certificates and HTTP/2 stay intact with lanes: %s, and a good server passes',
  async (lanes) => {
    const servers = await twoRegions();
    await using _a = servers[0];
    await using _b = servers[1];
    const target = await targetFile(
      servers.map(({ port }) => port),
      { lanes },
    );
    const { exitCode, result, text, runDir } = await load(target, '--duration', '6');

    expect(notPassed(result), text).toEqual([]);
    expect([exitCode, result!.verdict]).toEqual([0, 'PASS']);
    for (const [i, server] of servers.entries()) {
      const seen = ofRun(server, runDir!);
      expect(seen.length).toBeGreaterThan(60);
      const ways = new Set(seen.map(({ authority, servername, protocol }) => `${authority} ${servername} ${protocol}`));
      expect([...ways]).toEqual([`${NAMES[i]}:${server.port} ${NAMES[i]} h2`]);
      const paths = new Set(seen.map(({ method, path }) => `${method} ${path.replace(/\d+$/, '<key>')}`));
      expect([...paths].toSorted()).toEqual([
        'GET /v1/items?page=<key>',
        'GET /v1/items?page=moved',
        'GET /v1/moved',
        'POST /v1/items',
      ]);
    }
    // Every recorded request arrived (a redirect is two), and every row has its request.
    const rows = await rowsOf(runDir!);
    const arrived = servers.flatMap((server) => ofRun(server, runDir!));
    expect(arrived.length - arrived.filter(({ path }) => path === '/v1/moved').length).toBe(rows.length);
    expect(rows.filter(({ state }) => state & ROW_STATE.bad)).toEqual([]);
    // The fresh cohort gets a new connection per request, over HTTP/2 too; the others keep theirs.
    const dialled = rows.filter(({ state }) => state & ROW_STATE.newConnection);
    const fresh = rows.filter(({ cohort }) => cohort === 'fresh');
    expect(fresh.length).toBeGreaterThan(5);
    expect(dialled.filter(({ cohort }) => cohort === 'fresh')).toHaveLength(fresh.length);
    const kept = rows.filter(({ cohort }) => cohort !== 'fresh');
    expect(dialled.length - fresh.length).toBe(new Set(kept.map(({ client }) => client)).size);
    // The target has no counters: reported, but the run is valid. No response names its region: no home share.
    expect(result!.validity.find((check) => check.id === 'target-counters')).toMatchObject({ ok: true, value: 'none' });
    expect(result!.cells.map(({ claim }) => claim)).not.toContain('home-share');
  },
);

test('every request carries its run id, trace id and secrets, and the secrets appear in no file', async () => {
  const servers = await twoRegions();
  await using a = servers[0];
  await using b = servers[1];
  const { text, runDir } = await load(await targetFile([a.port, b.port]), '--duration', '2');
  const seen = [...ofRun(a, runDir!), ...ofRun(b, runDir!)];
  expect(seen.length, text).toBeGreaterThan(40);
  const traces = new Set<string>();
  for (const { headers, path } of seen) {
    expect(headers['user-agent']).toMatch(/^Antipode\/\S+ \(load test; run \S+\)$/);
    expect(headers.authorization).toBe(`Bearer ${SECRET}`);
    expect(headers['x-team']).toBe('checkout');
    expect(headers.traceparent).toMatch(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01$/);
    if (path !== '/v1/items?page=moved') traces.add(String(headers.traceparent).slice(3, 35));
  }
  expect(traces.size).toBe((await rowsOf(runDir!)).length);

  const files = await readdir(runDir!);
  expect(files).toEqual(expect.arrayContaining(['plan.json', 'recording.log', 'journal.jsonl', 'report.html']));
  for (const part of [SECRET, Buffer.from(SECRET).toString('base64').replace(/=+$/, '')]) {
    expect(text).not.toContain(part);
    for (const file of files) expect((await readFile(join(runDir!, file))).includes(part), file).toBe(false);
  }
  // The input files of k6 were in the temporary directory during the run, and are removed.
  expect((await readdir(temporary)).filter((name) => name.startsWith('antipode-'))).toEqual([]);
});

test('a slow region fails its own cell, and its worst requests have the trace ids that the server saw', async () => {
  let asked = 0;
  const servers = await twoRegions((request, response) => {
    const slow = request.method === 'GET' && (asked += 1) % 3 === 0;
    if (slow) setTimeout(() => wellBehaved(request, response), 700);
    else wellBehaved(request, response);
  });
  await using a = servers[0];
  await using b = servers[1];
  const target = await targetFile([a.port, b.port]);
  const { exitCode, result, text, runDir } = await load(target, '--duration', '6');
  expect(notPassed(result), text).toEqual(['reads eu-west-1 FAIL']);
  expect(exitCode).toBe(1);
  const worst = result!.worst.filter(({ claim }) => claim === 'reads');
  expect(worst).toHaveLength(10);
  const traces = ofRun(b, runDir!).map(({ headers }) => String(headers.traceparent).slice(3, 35));
  for (const { traceId, latencyMs } of worst) {
    expect(traces).toContain(traceId);
    expect(latencyMs).toBeGreaterThanOrEqual(700);
  }
});

test('an untrusted certificate is a FAIL: every request has a TLS error and reaches no handler', async () => {
  const servers = await twoRegions();
  await using a = servers[0];
  await using b = servers[1];
  const target = await targetFile([a.port, b.port], { tls: { caFile: unknown.caFile } });
  const { exitCode, result, text, runDir } = await load(target, '--duration', '4');
  expect([exitCode, result?.verdict], text).toEqual([1, 'FAIL']);
  const rows = await rowsOf(runDir!);
  expect(rows.length).toBeGreaterThan(60);
  expect(new Set(rows.map(({ error }) => ERRORS[error]))).toEqual(new Set(['tls']));
  expect(result!.worst[0]).toMatchObject({ error: 'tls', status: 0 });
  expect([a.seen, b.seen]).toEqual([[], []]);
});

test('a certificate for another name is a TLS error too', async () => {
  const other = await serveTls(await makeCertificate(folder, 'trusted', ['api-c.example.test']));
  await using _other = other;
  try {
    const { text, runDir } = await load(await targetFile([other.port, other.port]), '--duration', '1');
    expect(runDir, text).toBeDefined();
    expect(new Set((await rowsOf(runDir!)).map(({ error }) => ERRORS[error]))).toEqual(new Set(['tls']));
    expect(other.seen).toEqual([]);
  } finally {
    trusted = await makeCertificate(folder, 'trusted', [...NAMES, 'localhost']);
  }
});

test('a name in DNS needs no further settings, and too short a run is INCONCLUSIVE and names the missing evidence', async () => {
  const servers = await twoRegions();
  await using a = servers[0];
  await using b = servers[1];
  const target = await targetFile([], {
    allowHosts: ['localhost'],
    resolve: {},
    regions: [
      { id: 'us-east-1', url: `https://localhost:${a.port}/v1` },
      { id: 'home', city: 'dublin', url: `https://localhost:${b.port}/v1` },
    ],
  });
  const { exitCode, result, text, runDir } = await load(target, '--duration', '1');
  expect([exitCode, result?.verdict], text).toEqual([3, 'INCONCLUSIVE']);
  expect(result!.cells.find(({ subject }) => subject === 'home')!.requestsLacking).toBeGreaterThan(0);
  expect(new Set(ofRun(b, runDir!).map(({ authority }) => authority))).toEqual(new Set([`localhost:${b.port}`]));
});

test('plain HTTP requests keep their Host header through the lanes', async () => {
  const hosts = new Set<string | undefined>();
  const server = createServer((request, response) => {
    hosts.add(request.headers.host);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const regions = ['us-east-1', 'eu-west-1'].map((id, i) => ({ id, url: `http://${NAMES[i]}:${port}` }));
    const { text } = await load(await targetFile([], { regions, tls: {} }), '--duration', '1');
    expect(hosts, text).toEqual(new Set(NAMES.map((name) => `${name}:${port}`)));
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

test('a forbidden load is rejected with exit 2 before any request is sent', async () => {
  const servers = await twoRegions();
  await using a = servers[0];
  await using b = servers[1];
  const ports = [a.port, b.port];
  const token = { OWN_TARGET_TOKEN: SECRET };
  const before = await readdir(join(ROOT, 'runs')).catch(() => []);
  const cases: [what: string, target: Record<string, unknown>, flags: string[], env: object, says: RegExp][] = [
    [
      'not acknowledged',
      { acknowledged: false },
      [],
      token,
      /target\.yaml:\d+:\d+: .*must be acknowledged.*`acknowledged: true`/,
    ],
    [
      'a host that is not allowed',
      { allowHosts: NAMES.slice(1) },
      [],
      token,
      /target\.yaml:\d+:\d+: .*api-a.*allowHosts/,
    ],
    [
      'a rate over the limit',
      {},
      ['--rate', '61'],
      token,
      /^--rate: .*got 61 per second.*at most 60.*target\.yaml:\d+/,
    ],
    ['a defect', {}, ['--defect', 'slow-region'], token, /^--defect: .*not a local world/],
    ['no secret', {}, [], {}, /target\.yaml:\d+:\d+: environment variable OWN_TARGET_TOKEN is not set/],
    [
      'a secret in the file',
      { headers: { Authorization: 'x' } },
      [],
      token,
      /target\.yaml:\d+:\d+: .*must not be in clear text/,
    ],
    ['a CA that is not there', { tls: { caFile: 'no.pem' } }, [], token, /target\.yaml:\d+:\d+: .*no\.pem/],
    [
      'a name that nobody knows',
      { resolve: {} },
      [],
      token,
      /the host of https:\/\/api-[ab]\S+ does not resolve.*`resolve: /,
    ],
  ];
  for (const [what, changes, flags, env, says] of cases) {
    const target = await targetFile(ports, changes);
    const run = antipode(['load', '--profile', profile, '--target', target, '--duration', '1', ...flags], { ...env });
    const { exitCode, all } = await run;
    expect(
      all.split('\n').filter((line) => says.test(line)),
      `${what}: ${all}`,
    ).toHaveLength(1);
    expect(exitCode, what).toBe(2);
    expect(all).not.toContain(SECRET);
  }
  const template = await antipode(['load', '--profile', profile, '--target', 'example'], token);
  expect([template.exitCode, template.all]).toEqual([
    2,
    expect.stringMatching(/example\/target\.yaml:\d+.*must be acknowledged/),
  ]);
  expect([a.connections, b.connections]).toEqual([0, 0]);
  const mine = (runs: string[]): string[] => runs.filter((run) => run.includes('two-cities'));
  expect(mine(await readdir(join(ROOT, 'runs')).catch(() => []))).toEqual(mine(before));
});

test('an unreachable target is reported before any load is sent', async () => {
  const servers = await twoRegions();
  const ports = servers.map(({ port }) => port);
  for (const server of servers) await server[Symbol.asyncDispose]();
  const { exitCode, text, runDir } = await load(await targetFile(ports), '--duration', '1');
  expect(text).toMatch(/Cannot connect to https:\/\/api-[ab]\S+\. Check that the target is up\./);
  expect([exitCode, runDir]).toEqual([4, undefined]);
});
