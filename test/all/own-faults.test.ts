import { readFile } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startRedis, startToxiproxy, type ToxiproxyRig } from '../fault-rig.ts';
import { type FaultyRun, type FaultySystem, faultySystem, REGION, regionAt } from '../own-faults.ts';
import { NAME } from '../own-system.ts';
import { type Certificate, makeCertificate, serveTls, type TlsServer } from '../tls-server.ts';

// What is broken on systems of one's own, seen to bite and seen to be gone, one run each; what is refused before that
// is in test/own-faults.run.test.ts.

let own: FaultySystem;
let certificate: Certificate;
let tls: TlsServer;
let second: ToxiproxyRig;
const started: AsyncDisposable[] = [];
beforeAll(async () => {
  own = await faultySystem();
  certificate = await makeCertificate(own.system.folder, 'own', [NAME, 'cache.example.test']);
  tls = await serveTls(certificate, (request, response) => {
    // As virtual hosts do: whoever asks for another name is at the wrong address.
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

/** A Redis that speaks TLS, and lets nobody PING who has not said who he is. */
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

/** A real one, whose only user may do everything but PING. */
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
  /** What bites, as the command says it. */
  says: string;
  /** Whether clients feel it. */
  felt: boolean;
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
  'an https ingress, asked by the name and the CA of its region': {
    says: `region-outage ${REGION} blackhole`,
    felt: true,
    run: () => secure(lost('blackhole'), 'front:443', {}),
  },
  'an https ingress that says the one status of a healthy server, late': {
    says: `region-outage ${REGION} brown-out`,
    felt: true,
    run: () =>
      secure(lost('brown-out', { latencyMs: 1_000 }), 'front late', {
        expect: [204],
        serverName: NAME,
        caFile: 'own-ca.pem',
      }),
  },
  'a Redis with ACL, by TLS': {
    says: `redis-loss ${REGION} refused`,
    felt: false,
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
    felt: false,
    async run() {
      await proxied('cache of users', await redisWithAcl());
      return {
        port: await own.system.serve(),
        links: [{ proxy: 'cache of users', kind: 'redis', region: REGION }],
        fault: { kind: 'redis-loss', params: { region: REGION, face: 'blackhole' } },
      };
    },
  },
  'the dependency behind a gateway, late and unevenly so': {
    says: 'dependency stock all latency downstream',
    felt: false,
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
  'a gateway in front of the proxy, which says 502 when that is refused': {
    says: `region-outage ${REGION} refused`,
    felt: true,
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

test.each(Object.entries(BROKEN))('is broken, and healed: %s', async (_, { run, says, felt }) => {
  const { text, exitCode, result } = await own.run(await run());
  expect(text).toContain(`${says}: bites`);
  expect(text).toContain(`${says}: gone`);
  // So short a run may lack evidence; it tested what it claims all the same.
  expect([0, 3], text).toContain(exitCode);
  if (felt) expect(result!.why).not.toContain('by no client');
});

test('of two Toxiproxies that have a proxy of the same name, the one that the link is listed under is broken', async () => {
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
  expect(text).toContain(`region-outage ${REGION} brown-out: gone`);
  const journal = await readFile(join(runDir!, 'journal.jsonl'), 'utf8');
  const intent = /"undo":(\[.*?\}\])/.exec(journal)![1]!;
  expect(intent).toContain(own.toxiproxy.control);
  expect(intent).not.toContain(second.control);
  expect([0, 3], text).toContain(exitCode);
});
