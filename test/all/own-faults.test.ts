import { readFile } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startRedis, startToxiproxy, type ToxiproxyRig } from '../fault-rig.ts';
import { type FaultyRun, type FaultySystem, faultySystem, REGION, regionAt } from '../own-faults.ts';
import { NAME } from '../own-system.ts';
import { type Certificate, makeCertificate, serveTls, type TlsServer } from '../tls-server.ts';

// Faults on the tests' own targets that take effect and are reverted, one run each. Rejected experiments are in
// test/own-faults.run.test.ts.

let own: FaultySystem;
let certificate: Certificate;
let tls: TlsServer;
let second: ToxiproxyRig;
const started: AsyncDisposable[] = [];
beforeAll(async () => {
  own = await faultySystem();
  certificate = await makeCertificate(own.system.folder, 'own', [NAME, 'cache.example.test']);
  tls = await serveTls(certificate, (request, response) => {
    // Like a virtual host: a request for another name gets 421.
    const isOurs = String(request.headers[':authority'] ?? request.headers.host).startsWith(NAME);
    response.statusCode = !isOurs ? 421 : request.url === '/health' ? 404 : request.url === '/ready' ? 204 : 200;
    response.end();
  });
  second = await startToxiproxy();
  started.push(tls, second);
});
afterAll(async () => {
  for (const one of started.toReversed()) await one[Symbol.asyncDispose]();
  await own?.[Symbol.asyncDispose]();
});

const proxied = (name: string, upstream: number, at = own.toxiproxy): Promise<number> => at.proxy(name, upstream);
const lost = (face: string, more: object = {}) => ({
  kind: 'region-outage',
  params: { region: REGION, face, ...more },
});

/** A Redis with TLS, which requires authentication for PING. */
async function guardedRedis(): Promise<number> {
  const [cert, key] = await Promise.all([readFile(certificate.certFile), readFile(certificate.keyFile)]);
  const server = createTlsServer({ cert, key }, (socket) => {
    socket.on('error', () => {});
    socket.on('data', () => socket.write("-NOPERM User default has no permissions to run the 'ping' command\r\n"));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  started.push({ [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())) });
  return (server.address() as AddressInfo).port;
}

/** A real one, whose only user may run all commands but PING. */
async function redisWithAcl(): Promise<number> {
  const redis = await startRedis();
  started.push(redis);
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: redis.port });
    socket.on('error', reject).on('data', () => resolve(socket.destroy() && undefined));
    socket.write('ACL SETUSER default -ping\r\n');
  });
  return redis.port;
}

interface Broken {
  run(): Promise<FaultyRun>;
  /** The probe result in the output of the command. */
  says: string;
  /** Whether clients are affected. */
  affectsClients: boolean;
}

const secure = async (fault: object, name: string, probe: object): Promise<FaultyRun> => {
  const port = await proxied(name, tls.port);
  return {
    fault: fault as Record<string, unknown>,
    links: [{ proxy: name, kind: 'ingress', region: REGION, probe: { path: '/ready', ...probe } }],
    target: { ...regionAt(port, 'https'), tls: { caFile: 'own-ca.pem' } },
  };
};

const BROKEN: Record<string, Broken> = {
  'an https ingress, probed with the name and the CA of its region': {
    says: `region-outage ${REGION} blackhole`,
    affectsClients: true,
    run: () => secure(lost('blackhole'), 'front:443', {}),
  },
  'an https ingress with a single healthy status, slow': {
    says: `region-outage ${REGION} brown-out`,
    affectsClients: true,
    run: () =>
      secure(lost('brown-out', { latencyMs: 1_000 }), 'front late', {
        expect: [204],
        serverName: NAME,
        caFile: 'own-ca.pem',
      }),
  },
  'a Redis with authentication, over TLS': {
    says: `redis-loss ${REGION} refused`,
    affectsClients: false,
    async run() {
      await proxied('cache', await guardedRedis());
      const probe = { tls: true, serverName: 'cache.example.test', caFile: 'own-ca.pem' };
      return {
        port: await own.system.serve(),
        links: [{ proxy: 'cache', kind: 'redis', region: REGION, probe }],
        fault: { kind: 'redis-loss', params: { region: REGION, face: 'refused' } },
      };
    },
  },
  'a real Redis whose user may not PING': {
    says: `redis-loss ${REGION} blackhole`,
    affectsClients: false,
    async run() {
      await proxied('cache of users', await redisWithAcl());
      return {
        port: await own.system.serve(),
        links: [{ proxy: 'cache of users', kind: 'redis', region: REGION }],
        fault: { kind: 'redis-loss', params: { region: REGION, face: 'blackhole' } },
      };
    },
  },
  'a dependency behind a gateway, with latency and jitter': {
    says: 'dependency stock all latency downstream',
    affectsClients: false,
    async run() {
      const stock = await own.system.serve((_, response) => void response.end('{"left":3}'));
      const port = await proxied('stock:8080', stock);
      const server = await own.system.serve();
      return {
        port: await own.gateway('/items/1', port, server),
        links: [{ proxy: 'stock:8080', kind: 'dependency', name: 'stock', region: REGION, probe: { path: '/ready' } }],
        fault: { kind: 'dependency', params: { name: 'stock', face: 'latency', latencyMs: 500, jitterMs: 200 } },
      };
    },
  },
  'a gateway in front of the proxy, which responds with 502 when the proxy refuses': {
    says: `region-outage ${REGION} refused`,
    affectsClients: true,
    async run() {
      const server = await own.system.serve();
      const port = await proxied('behind a gateway', server);
      const at = await own.system.serve((request, response) => {
        const { method = 'GET', url = '/' } = request;
        fetch(`http://127.0.0.1:${port}${url}`, { method, signal: AbortSignal.timeout(2_000) })
          .then(async (answer) => response.writeHead(answer.status).end(await answer.text()))
          .catch(() => response.writeHead(502).end());
      });
      const links = [{ proxy: 'behind a gateway', kind: 'ingress', region: REGION, reachedAt: `127.0.0.1:${at}` }];
      return { port: at, links, fault: lost('refused') };
    },
  },
};

test.each(Object.entries(BROKEN))('is broken and healed: %s', async (_, { run, says, affectsClients }) => {
  const { text, exitCode, result } = await own.run(await run());
  expect(text).toContain(`${says}: in effect`);
  expect(text).toContain(`${says}: cleared`);
  // A run this short may lack evidence, but must be valid.
  expect([0, 3], text).toContain(exitCode);
  if (affectsClients) expect(result!.why).not.toContain('reached no client');
});

test('if two Toxiproxies have a proxy of the same name, the one that lists the link is broken', async () => {
  const server = await own.system.serve();
  const port = await proxied('api', server);
  await proxied('api', server, second);
  const links = [{ proxy: 'api', kind: 'ingress', region: REGION }];
  const other = { control: second.control, links: [{ proxy: 'api', kind: 'sync', region: REGION }] };
  const { text, exitCode, runDir } = await own.run({
    port,
    links,
    fault: lost('brown-out', { latencyMs: 600 }),
    target: { toxiproxies: [{ control: own.toxiproxy.control, links }, other] },
  });
  expect(text).toContain(`region-outage ${REGION} brown-out: cleared`);
  const journal = await readFile(join(runDir!, 'journal.jsonl'), 'utf8');
  const intent = /"undo":(\[.*?\}\])/.exec(journal)![1]!;
  expect(intent).toContain(own.toxiproxy.control);
  expect(intent).not.toContain(second.control);
  expect([0, 3], text).toContain(exitCode);
});
