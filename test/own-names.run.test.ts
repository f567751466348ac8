import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROW_STATE } from '../src/formats/recording.ts';
import type { RunPlan } from '../src/formats/plan.ts';
import type { TimetableIndex } from '../src/formats/timetable.ts';
import type { Finished } from './antipode.ts';
import { NAME, ownSystem, recordingOf, REGIONS, type OwnSystem } from './own-system.ts';
import { makeCertificate, serveTls, written } from './tls-server.ts';

// Name resolution of your own target, and what happens if the target, one of its addresses or this machine cannot open
// connections.

const WAYS = ['emulate', 'none'];
const FRESH = { cohorts: { fresh: 1 } };
const CITIES = { 'new-york': 0.25, columbus: 0.25, 'san-francisco': 0.25, london: 0.25 };

let system: OwnSystem;

beforeAll(async () => {
  system = await ownSystem();
});

afterAll(() => system[Symbol.asyncDispose]());

const isBad = ({ state }: { state: number }): boolean => (state & ROW_STATE.bad) !== 0;

/** Share of bad attempts by city. */
async function badShares({ runDir, text }: Finished): Promise<number[]> {
  expect(runDir, text).toBeDefined();
  const { rows } = await recordingOf(runDir!);
  const plan = JSON.parse(await readFile(join(runDir!, 'plan.json'), 'utf8')) as RunPlan;
  const { clients } = JSON.parse(await readFile(join(runDir!, 'timetable.json'), 'utf8')) as TimetableIndex;
  const origin = (row: number): number => clients.origin[clients.firstRow.findLastIndex((first) => first <= row)]!;
  return [...plan.origins.keys()]
    .filter((o) => plan.origins[o]!.kind === 'city')
    .map((o) => {
      const of = rows.filter(({ row }) => origin(row) === o);
      return of.filter(isBad).length / of.length;
    });
}

/** Responds to one request per connection, and does not listen for `gapMs` of every `everyMs`. */
async function serveWithGaps(
  gapMs: number,
  everyMs: number,
): Promise<AsyncDisposable & { port: number; goneShare(): number }> {
  const make = (): Server =>
    createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}'));
    });
  const listen = (server: Server, port: number): Promise<void> =>
    new Promise((resolve, reject) =>
      server.once('error', reject).listen({ host: '127.0.0.1', port, backlog: 511 }, resolve),
    );
  let server = make();
  await listen(server, 0);
  const { port } = server.address() as { port: number };
  const startedMs = performance.now();
  let goneMs = 0;
  let gap = Promise.resolve();
  const once = async (): Promise<void> => {
    const fromMs = performance.now();
    server.close();
    await new Promise((resolve) => setTimeout(resolve, gapMs));
    server = make();
    await listen(server, port);
    goneMs += performance.now() - fromMs;
  };
  const timer = setInterval(() => {
    gap = once();
  }, everyMs);
  return {
    port,
    goneShare: () => goneMs / (performance.now() - startedMs),
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await gap;
      server.close();
    },
  };
}

describe.each(WAYS)('with lanes: %s', (lanes) => {
  test('a server that refuses connections for 5 ms four times a second gets the matching share of failures', async () => {
    await using server = await serveWithGaps(5, 250);
    const profile = { ...FRESH, arrivals: { ratePerSecond: 100 }, origins: { 'new-york': 0.5, tokyo: 0.5 } };
    const run = await system.run({
      port: server.port,
      target: { lanes },
      profile,
      flags: ['--duration', '6'],
      once: true,
    });
    const gone = server.goneShare();
    const bad = (await badShares(run)).reduce((sum, share) => sum + share / 2, 0);
    // A poll every 50 ms gave three times as much.
    expect(bad).toBeLessThan(gone + 0.025);
    expect(bad).toBeGreaterThan(gone / 4);
  });

  test('a name with two addresses, one of them unreachable, fails half of the requests of every city', async () => {
    const port = await system.serve();
    const origins = { 'new-york': 0.25, london: 0.25, tokyo: 0.25, 'sao-paulo': 0.25 };
    const target = { lanes, resolve: { [NAME]: ['127.0.0.1', '127.0.0.2'] } };
    const profile = { ...FRESH, arrivals: { ratePerSecond: 60 }, origins };
    const run = await system.run({ port, target, profile, flags: ['--duration', '4'], once: true });
    const shares = await badShares(run);
    expect(shares).toHaveLength(4);
    for (const share of shares) {
      expect(share).toBeGreaterThan(0.25);
      expect(share).toBeLessThan(0.75);
    }
  });

  test('every host is reached by its name, whatever its spelling', async () => {
    const spellings: { host: string; at?: string; allow: string; to?: string; as?: string }[] = [
      { host: 'localhost', allow: 'LOCALHOST' },
      { host: 'localhost', at: '::1', allow: 'localhost' },
      { host: '[::1]', at: '::1', allow: '::1' },
      { host: 'six.example.test', at: '::1', allow: 'six.example.test', to: '::1' },
      { host: 'my_api', allow: 'my_api', to: '127.0.0.1' },
      { host: 'dot.example.test.', allow: 'dot.example.test.', to: '127.0.0.1' },
      { host: 'url.example.test.', allow: 'url.example.test', to: '127.0.0.1', as: 'url.example.test' },
      { host: 'bare.example.test', allow: 'bare.example.test.', to: '127.0.0.1', as: 'bare.example.test.' },
      { host: 'localhost.', allow: 'localhost' },
    ];
    const seen = spellings.map(() => new Set<string | undefined>());
    const ports: number[] = [];
    for (const [i, { at }] of spellings.entries()) {
      const port = await system.serve(
        (request, response) => {
          seen[i]!.add(request.headers.host);
          response.end('{}');
        },
        at === undefined ? {} : { host: at },
      );
      ports.push(port);
    }
    const target = {
      lanes,
      allowHosts: spellings.map(({ allow }) => allow),
      resolve: Object.fromEntries(spellings.flatMap(({ host, to, as }) => (to ? [[as ?? host, to]] : []))),
      regions: spellings.map(({ host }, i) => ({ id: REGIONS[i], url: `http://${host}:${ports[i]}` })),
    };
    // Probes are in the region and use a lane only if they must.
    const profile = { cohorts: { fresh: 0.5, ttl: 0.5 }, origins: CITIES };
    const run = await system.run({ target, profile, flags: ['--duration', '3'], once: true });
    expect(
      (await badShares(run)).filter((share) => share > 0),
      run.text,
    ).toEqual([]);
    for (const [i, { host }] of spellings.entries()) expect([...seen[i]!]).toEqual([`${host}:${ports[i]}`]);
    expect(run.result!.names.map(({ name }) => name)).toEqual(['localhost', 'localhost.']);
  });

  test('every host keeps its name in TLS too', async () => {
    const hosts = ['my_api', `${NAME}.`, '[::1]'];
    const certificate = await makeCertificate(system.folder, 'odd', ['my_api', NAME, '::1']);
    const servers = [await serveTls(certificate), await serveTls(certificate), await serveTls(certificate)];
    await using _a = servers[0]!;
    await using _b = servers[1]!;
    await using _c = servers[2]!;
    const target = {
      lanes,
      allowHosts: hosts,
      resolve: Object.fromEntries(hosts.map((host) => [host, '127.0.0.1'])),
      regions: hosts.map((host, i) => ({ id: REGIONS[i], url: `https://${host}:${servers[i]!.port}` })),
      tls: { caFile: certificate.caFile },
    };
    const run = await system.run({ target, profile: { origins: CITIES }, flags: ['--duration', '2'], once: true });
    expect(
      (await badShares(run)).filter((share) => share > 0),
      run.text,
    ).toEqual([]);
    for (const [i, host] of hosts.entries()) {
      const seen = new Set(servers[i]!.seen.map(({ authority, servername }) => `${authority} ${servername}`));
      // SNI has no address and no final dot.
      const servername = host === '[::1]' ? 'false' : host.replace(/\.$/, '');
      expect([...seen]).toEqual([`${host}:${servers[i]!.port} ${servername}`]);
    }
  });
});

describe('a generator that runs out', () => {
  const outcome = ({ exitCode, result }: Finished): unknown[] => [
    exitCode,
    result?.verdict,
    result?.validity.filter(({ ok }) => !ok).map(({ id }) => id),
  ];

  test('of file descriptors makes the run INVALID, with that reason', async () => {
    const port = await system.serve((_, response) => void setTimeout(() => response.end('{}'), 1000));
    // For each of the 200 pending connections the lanes need two handles, k6 one. A limit of 100 was at times too low
    // to load the program itself.
    const through = ['prlimit', '--nofile=256:256'];
    const profile = { ...FRESH, arrivals: { ratePerSecond: 200 }, session: { meanRequests: 2, thinkMedianMs: 200 } };
    const run = await system.run({ port, profile, flags: ['--duration', '5'], through });
    expect(outcome(run), run.text).toEqual([4, 'INVALID', expect.arrayContaining(['generator-resources'])]);
    expect(run.text).toMatch(/! generator-resources {2}EMFILE \d+ times in the lanes/);
    expect(run.result!.why).toContain('The generator ran out of file descriptors per process');
    expect(run.result!.next).toContain('`ulimit -n`');
  });

  // A network namespace needs Linux and root.
  test.skipIf(process.getuid?.() !== 0)('of local ports makes the run INVALID, with that reason', async () => {
    const server = await written(
      system.folder,
      'beside.mjs',
      `import { spawn } from 'node:child_process';
       import { createServer } from 'node:http';
       createServer((_, response) => response.end('{}')).listen(8080, '127.0.0.1', () => {
         const child = spawn(process.argv[2], process.argv.slice(3), { stdio: 'inherit' });
         process.on('SIGTERM', () => child.kill());
         child.on('exit', (code) => process.exit(code ?? 1));
       });`,
    );
    const narrow = 'ip link set lo up && sysctl -qw net.ipv4.ip_local_port_range="60000 60030" && exec "$@"';
    const through = ['unshare', '-n', 'sh', '-c', narrow, 'sh', process.execPath, server];
    // k6 has 31 ports to each lane; all lanes together have 31 to the region.
    const cities = ['new-york', 'london', 'tokyo', 'sao-paulo', 'paris', 'sydney', 'mumbai', 'chicago'];
    const origins = Object.fromEntries(cities.map((city) => [city, 1 / cities.length]));
    const profile = { cohorts: { direct: 1 }, arrivals: { ratePerSecond: 120 }, origins };
    const run = await system.run({ port: 8080, profile, flags: ['--duration', '4'], through });
    expect(outcome(run), run.text).toEqual([4, 'INVALID', expect.arrayContaining(['generator-resources'])]);
    expect(run.text).toMatch(/! generator-resources {2}EADDRNOTAVAIL \d+ times in the lanes/);
  });
});
