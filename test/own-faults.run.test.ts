import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FaultyRun, type FaultySystem, faultySystem, freePort, REGION, regionAt } from './own-faults.ts';
import { tcpServer, type TestServer } from './fault-rig.ts';
import { makeCertificate, serveTls, type TlsServer } from './tls-server.ts';
import { NAME } from './own-system.ts';

// Faults on the tests' own targets, whose topologies differ from the reference world: rejected experiments and their
// errors; faults that a probe sees, and their revert. test/all/own-faults.test.ts has more faults.

let own: FaultySystem;
let tls: TlsServer;
let redis: TestServer;
beforeAll(async () => {
  own = await faultySystem();
  tls = await serveTls(await makeCertificate(own.system.folder, 'own', [NAME]));
  redis = await tcpServer((socket) =>
    socket.on('data', () => socket.write('-LOADING Redis is loading the dataset\r\n')),
  );
});
afterAll(async () => {
  await tls?.[Symbol.asyncDispose]();
  await redis?.[Symbol.asyncDispose]();
  await own?.[Symbol.asyncDispose]();
});

const OUTAGE = { kind: 'region-outage', params: { region: REGION, face: 'refused' } };
const ingress = (proxy: string, more: object = {}) => ({ proxy, kind: 'ingress', region: REGION, ...more });
let proxies = 0;
/** A proxy in front of a port: its name, and where it listens. */
async function proxied(upstream: number, name = `api-${(proxies += 1)}`): Promise<{ name: string; port: number }> {
  return { name, port: await own.toxiproxy.proxy(name, upstream) };
}

interface Refused {
  exitCode: number;
  says: RegExp[];
  run(): Promise<FaultyRun>;
}

const answering = (status: number) => () =>
  own.system.serve((request, response) => {
    response.writeHead(request.url === '/health' ? status : 200).end('{}');
  });

/** A target with a single ingress: one proxy in front of a server that responds to /health with this status. */
async function front(status: number, more: object = {}): Promise<FaultyRun> {
  const { name, port } = await proxied(await answering(status)());
  return { port, links: [ingress(name, more)], fault: OUTAGE };
}

const REFUSED: Record<string, Refused> = {
  'a region whose URL bypasses its ingress proxy, with the position of the URL': {
    exitCode: 2,
    says: [
      /system-\d+\.yaml:\d+:\d+: clients of us-east-1 bypass its ingress proxy/,
      /got http:\/\/a\.example\.test:\d+, which resolves to 127\.0\.0\.1:\d+, expected 127\.0\.0\.1:\d+ \(proxy api-\d+ of http/,
      /reachedAt/,
    ],
    async run() {
      const server = await answering(200)();
      return { port: server, links: [ingress((await proxied(server)).name)], fault: OUTAGE };
    },
  },
  'a proxy behind an undeclared mapped port': {
    exitCode: 2,
    says: [/expected 127\.0\.0\.1:9 \(proxy api-\d+ of/, /reachedAt: host:port/],
    async run() {
      const { name, port } = await proxied(await answering(200)());
      const control = await own.controlThatSays(port, '[::]:9');
      return { port: await own.forwarder(port), control, links: [ingress(name)], fault: OUTAGE };
    },
  },
  'a health check with status 503': {
    exitCode: 4,
    says: [
      /GET http:\/\/127\.0\.0\.1:\d+\/health/,
      /got status 503 after/,
      /a status from 200 to 299/,
      /probe: \{ path, expect \}/,
    ],
    run: () => front(503),
  },
  'a health check with status 404': { exitCode: 4, says: [/got status 404 after/], run: () => front(404) },
  'a health check with a status that the link does not expect': {
    exitCode: 4,
    says: [/GET http:\/\/127\.0\.0\.1:\d+\/ready/, /got status 200 after/, /expected status 204 or 418/],
    run: () => front(200, { probe: { path: '/ready', expect: [204, 418] } }),
  },
  'a plain HTTP probe of a TLS server': {
    exitCode: 4,
    says: [
      /GET http:\/\/127\.0\.0\.1:\d+\/health/,
      /connection (?:closed|reset)|Parse Error/,
      /probe: \{ tls: true \}/,
    ],
    async run() {
      const { name, port } = await proxied(tls.port);
      const links = [ingress(name, { probe: { tls: false } })];
      return { links, fault: OUTAGE, target: regionAt(port, 'https') };
    },
  },
  'an untrusted certificate': {
    exitCode: 4,
    says: [/GET https:\/\/127\.0\.0\.1:\d+\/health/, /certificate/, /serverName, caFile/],
    async run() {
      const { name, port } = await proxied(tls.port);
      return { links: [ingress(name)], fault: OUTAGE, target: regionAt(port, 'https') };
    },
  },
  'a Redis that is loading': {
    exitCode: 4,
    says: [/PING to Redis at 127\.0\.0\.1:\d+/, /got -LOADING Redis is loading the dataset/, /\+PONG/],
    async run() {
      const { name } = await proxied(redis.port);
      const fault = { kind: 'redis-loss', params: { region: REGION, face: 'refused' } };
      return { port: await answering(200)(), links: [{ proxy: name, kind: 'redis', region: REGION }], fault };
    },
  },
  'an unreachable Toxiproxy': {
    exitCode: 4,
    says: [
      /http:\/\/127\.0\.0\.1:\d+: cannot list the proxies of the target's Toxiproxy/,
      /ECONNREFUSED/,
      /`control:` under `toxiproxies:`/,
    ],
    async run() {
      const control = `http://127.0.0.1:${await freePort()}`;
      return { port: await answering(200)(), control, links: [ingress('api')], fault: OUTAGE };
    },
  },
  'an unknown proxy': {
    exitCode: 4,
    says: [
      /http:\/\/127\.0\.0\.1:\d+: there is no proxy api-nobody in the target's Toxiproxy: got .*expected api-nobody/,
    ],
    run: async () => ({ port: await answering(200)(), links: [ingress('api-nobody')], fault: OUTAGE }),
  },
  'a bandwidth limit that no probe could detect': {
    exitCode: 2,
    says: [
      /no probe can tell whether dependency takes effect at api-\d+/,
      /a probe transfers \d+ bytes/,
      /probe\.path/,
    ],
    async run() {
      const server = await answering(200)();
      const { name } = await proxied(server);
      const fault = { kind: 'dependency', params: { name: 'stock', face: 'bandwidth', kilobytesPerSecond: 1_000 } };
      return { port: server, links: [{ proxy: name, kind: 'dependency', name: 'stock', region: REGION }], fault };
    },
  },
  'invalid keys of a link, each with its position': {
    exitCode: 2,
    says: [
      /yaml:\d+:\d+: key not allowed in this probe: got `path`/,
      /yaml:\d+:\d+: `name` is only allowed with `kind: dependency`/,
      /yaml:\d+:\d+: unknown region: got `mars-1`/,
    ],
    run: async () => ({
      port: 1,
      links: [{ proxy: 'redis', kind: 'redis', region: 'mars-1', name: 'cache', probe: { path: '/health' } }],
      fault: OUTAGE,
    }),
  },
};

test.each(Object.entries(REFUSED))('is rejected before anything is sent: %s', async (_, { exitCode, says, run }) => {
  const { text, exitCode: got } = await own.run(await run());
  for (const words of says) expect(text).toMatch(words);
  expect(got, text).toBe(exitCode);
});

test('plan also rejects a region that bypasses its proxy, and names what it could not check', async () => {
  const { run } = REFUSED['a region whose URL bypasses its ingress proxy, with the position of the URL']!;
  const past = await own.run({ ...(await run()), command: 'plan' });
  expect(past.text).toMatch(/bypass its ingress proxy/);
  expect(past.exitCode).toBe(2);
  const control = `http://127.0.0.1:${await freePort()}`;
  const silent = await own.run({ port: 1, control, links: [ingress('api')], fault: OUTAGE, command: 'plan' });
  expect(silent.text).toMatch(/Toxiproxy at http:\/\/127\.0\.0\.1:\d+ is unreachable \(.*ECONNREFUSED.*\)/);
  expect(silent.exitCode, silent.text).toBe(0);
  const through = await own.run({ ...(await front(200)), command: 'plan' });
  expect(through.text).toMatch(/us-east-1: http:\/\/a\.example\.test:\d+ goes through proxy api-\d+ of http/);
});

test('a region in a container, its proxy named host:port, is broken at its mapped port and healed', async () => {
  const { name, port } = await proxied(await answering(200)(), 'api:8080');
  const at = await own.forwarder(port);
  const control = await own.controlThatSays(port, '[::]:9');
  const { result, text, exitCode } = await own.run({
    port: at,
    control,
    links: [ingress(name, { reachedAt: `127.0.0.1:${at}` })],
    fault: OUTAGE,
  });
  expect(text).toMatch(/region-outage us-east-1 refused: in effect[\s\S]*region-outage us-east-1 refused: cleared/);
  expect(text).toMatch(/a client of its proxies that has stopped reading is not visible from here/);
  expect(result!.figures.failover.faults[0]!.regions[0]!.bad).toBeGreaterThan(10);
  expect([0, 3], text).toContain(exitCode);
});

test('a fault that only the probe goes through is INVALID: it affects no client', async () => {
  const server = await answering(200)();
  const { name, port } = await proxied(server);
  const at = await own.gateway('/health', port, server);
  const links = [ingress(name, { reachedAt: `127.0.0.1:${at}` })];
  const { result, text, exitCode } = await own.run({ port: at, links, fault: OUTAGE });
  expect(result!.why, text).toMatch(
    /took effect at the proxy but reached no client: 0 of \d+ requests to us-east-1 failed or hung/,
  );
  expect(exitCode).toBe(4);
});
