import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext, TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  httpServer,
  postgresServer,
  startRedis,
  startToxiproxy,
  tcpServer,
  type TestServer,
} from '../test/fault-rig.ts';
import { type Certificate, makeCertificate } from '../test/tls-server.ts';
import type { ProbeAddress, ProbeTls } from '../src/formats/faults.ts';
import { probe, probeRedisUptime, probeWords } from './probe.ts';

const LONG_MS = 5_000;
const servers: AsyncDisposable[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server[Symbol.asyncDispose]();
});
const up = async (server: Promise<TestServer>): Promise<number> => {
  const one = await server;
  servers.push(one);
  return one.port;
};

const PROTOCOLS = ['http', 'lag', 'redis', 'postgres'] as const;
const addressOf = (protocol: ProbeAddress['protocol'], port: number): ProbeAddress =>
  protocol === 'http' || protocol === 'lag'
    ? { protocol, url: `http://127.0.0.1:${port}/health` }
    : { protocol, host: '127.0.0.1', port };

const httpAt = (port: number) => ({ protocol: 'http', url: `http://127.0.0.1:${port}/health` }) as const;

describe('a probe of a healthy server', () => {
  it('is answered with the status of an HTTP server, whatever it is', async () => {
    const port = await up(httpServer((_, response) => void response.writeHead(503).end('no')));
    const { outcome, value, tookMs } = await probe(addressOf('http', port), LONG_MS);
    expect({ outcome, value }).toEqual({ outcome: 'answered', value: 503 });
    expect(tookMs).toBeGreaterThan(0);
  });

  it.each([
    ['2xx', 204, 'answered'],
    ['2xx', 404, 'error'],
    ['2xx', 503, 'error'],
    ['2xx', 301, 'error'],
    [[401, 403], 403, 'answered'],
    [[401, 403], 200, 'error'],
  ] as const)('that is to say %j and says %i is %s', async (expect_, status, outcome) => {
    const port = await up(httpServer((_, response) => void response.writeHead(status).end()));
    const address = { ...httpAt(port), expect: expect_ === '2xx' ? expect_ : [...expect_] };
    const reading = await probe(address, LONG_MS);
    expect(reading).toMatchObject({ outcome, value: status });
    expect(reading.detail).toBe(outcome === 'error' ? `status ${status}` : undefined);
  });

  it('reports the size of the response, and sends the given Host header', async () => {
    const hosts: (string | undefined)[] = [];
    const port = await up(
      httpServer((request, response) => {
        hosts.push(request.headers.host);
        response.end('x'.repeat(5_000));
      }),
    );
    const { bytes } = await probe({ ...httpAt(port), hostHeader: 'eu.api.example.com' }, LONG_MS);
    expect(bytes).toBeGreaterThan(5_000);
    expect(bytes).toBeLessThan(5_500);
    expect(hosts).toEqual(['eu.api.example.com']);
  });

  it('reads the age of the newest heartbeat', async () => {
    const port = await up(httpServer((_, response) => void response.end('{"ageMs":123.5,"replica":true}')));
    expect(await probe(addressOf('lag', port), LONG_MS)).toMatchObject({ outcome: 'answered', value: 123.5 });
  });

  it.each(['{"ageMs":null}', '{"ageMs":"12"}', '[]', 'ok', ''])('finds no age in %j', async (body) => {
    const port = await up(httpServer((_, response) => void response.end(body)));
    expect(await probe(addressOf('lag', port), LONG_MS)).toMatchObject({ outcome: 'error', value: null });
  });

  it('finds no age in an error', async () => {
    const port = await up(httpServer((_, response) => void response.writeHead(500).end('{"ageMs":1}')));
    expect(await probe(addressOf('lag', port), LONG_MS)).toMatchObject({ outcome: 'error', value: null });
  });

  it('is answered by a real Redis, which also reports its uptime', async () => {
    await using redis = await startRedis();
    expect(await probe(addressOf('redis', redis.port), LONG_MS)).toMatchObject({ outcome: 'answered', value: null });
    const { outcome, value } = await probeRedisUptime({ host: '127.0.0.1', port: redis.port }, LONG_MS);
    expect(outcome).toBe('answered');
    expect(value).toBeGreaterThanOrEqual(0);
    expect(value! % 1000).toBe(0);
  });

  it.each([
    ['-NOPERM this user has no permissions', 'answered'],
    ['-WRONGPASS invalid username-password pair', 'answered'],
    ['-MASTERDOWN Link with MASTER is down', 'error'],
    ['-DENIED Redis is running in protected mode', 'error'],
    ['-BUSY Redis is busy running a script', 'error'],
    ['-NOPERMIT', 'error'],
    ['HTTP/1.1 400 Bad Request', 'error'],
  ] as const)('that says %s is %s', async (said, outcome) => {
    const port = await up(tcpServer((socket) => socket.on('data', () => socket.write(`${said}\r\n`))));
    const reading = await probe(addressOf('redis', port), LONG_MS);
    expect(reading.outcome).toBe(outcome);
    expect(reading.detail).toBe(outcome === 'error' ? said : undefined);
  });

  it('is answered by a Redis that requires a password, not by one that is loading', async () => {
    const locked = await up(tcpServer((socket) => socket.on('data', () => socket.write('-NOAUTH need it\r\n'))));
    const loading = await up(tcpServer((socket) => socket.on('data', () => socket.write('-LOADING wait\r\n'))));
    expect((await probe(addressOf('redis', locked), LONG_MS)).outcome).toBe('answered');
    expect((await probe(addressOf('redis', loading), LONG_MS)).outcome).toBe('error');
    expect((await probeRedisUptime({ host: '127.0.0.1', port: locked }, LONG_MS)).outcome).toBe('error');
  });

  it('sends an SSL request of eight bytes to PostgreSQL', async () => {
    const asked: Buffer[] = [];
    const port = await up(
      tcpServer((socket) =>
        socket.on('data', (chunk: Buffer) => {
          asked.push(chunk);
          socket.write('N');
        }),
      ),
    );
    expect((await probe(addressOf('postgres', port), LONG_MS)).outcome).toBe('answered');
    expect(Buffer.concat(asked).toString('hex')).toBe('0000000804d2162f');
    expect((await probe(addressOf('postgres', await up(postgresServer())), LONG_MS)).outcome).toBe('answered');
  });

  it('is answered by a port that keeps a connection open', async () => {
    const port = await up(tcpServer(() => {}));
    expect((await probe(addressOf('tcp', port), LONG_MS)).outcome).toBe('answered');
  });
});

describe('a probe over TLS', () => {
  let folder: string;
  let certificate: Certificate;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'antipode-probe-'));
    certificate = await makeCertificate(folder, 'probe', ['cache.example.test']);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** A server with this response, and the probe of it as a client that trusts its CA. */
  async function secure(answer: string): Promise<{ port: number; tls: ProbeTls }> {
    const [cert, key, ca] = await Promise.all(
      [certificate.certFile, certificate.keyFile, certificate.caFile].map((file) => readFile(file, 'utf8')),
    );
    const context = createSecureContext({ cert: cert!, key: key! });
    const port = await up(
      tcpServer((socket) => {
        const inside = new TLSSocket(socket, { isServer: true, secureContext: context });
        inside.on('error', () => {}).on('data', () => inside.write(answer));
      }),
    );
    return { port, tls: { serverName: 'cache.example.test', ca: ca! } };
  }
  const HTTP_ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

  it('is answered by HTTP and by Redis, whose certificate has the requested name', async () => {
    const web = await secure(HTTP_ANSWER);
    const url = `https://127.0.0.1:${web.port}/health`;
    expect(await probe({ protocol: 'http', url, tls: web.tls }, LONG_MS)).toMatchObject({ outcome: 'answered' });
    const { port, tls } = await secure('+PONG\r\n');
    const redis = { protocol: 'redis', host: '127.0.0.1', port } as const;
    expect(await probe({ ...redis, tls }, LONG_MS)).toMatchObject({ outcome: 'answered' });
    expect((await probe(redis, 500)).outcome).not.toBe('answered');
  });

  it.each([
    ['another name', { serverName: 'web.example.test' }, /altnames/],
    ['no name', { serverName: null }, /altnames/],
    ['a CA that it does not know', { ca: null }, /certificate/],
  ])('is an error for %s, with the reason', async (_, change, why) => {
    const { port, tls } = await secure(HTTP_ANSWER);
    const asked = { ...tls, ...change };
    const url = `https://127.0.0.1:${port}/health`;
    for (const address of [
      { protocol: 'http', url, tls: asked },
      { protocol: 'redis', host: '127.0.0.1', port, tls: asked },
    ] as const) {
      const { outcome, detail } = await probe(address, LONG_MS);
      expect([outcome, detail]).toEqual(['error', expect.stringMatching(why)]);
    }
  });

  it('is an error if the server does not speak TLS', async () => {
    const port = await up(tcpServer((socket) => socket.on('data', () => socket.write('-ERR Protocol error\r\n'))));
    const address = { protocol: 'redis', host: '127.0.0.1', port, tls: { serverName: null, ca: null } } as const;
    expect(await probe(address, LONG_MS)).toMatchObject({
      outcome: 'error',
      detail: expect.stringContaining('wrong version'),
    });
    expect(probeWords(address)).toBe(`PING to Redis at 127.0.0.1:${port} over TLS`);
  });
});

describe.each([...PROTOCOLS, 'tcp'] as const)('a %s probe', (protocol) => {
  it('is refused if nothing listens', async () => {
    const port = await up(tcpServer(() => {}));
    await servers.pop()![Symbol.asyncDispose]();
    expect((await probe(addressOf(protocol, port), LONG_MS)).outcome).toBe('refused');
  });

  it('is closed if the server accepts and closes', async () => {
    const port = await up(tcpServer((socket) => socket.end()));
    expect((await probe(addressOf(protocol, port), LONG_MS)).outcome).toBe('closed');
  });
});

describe.each(PROTOCOLS)('a %s probe', (protocol) => {
  it('times out if the server is silent', async () => {
    const port = await up(tcpServer((socket) => void socket.resume()));
    const { outcome, tookMs } = await probe(addressOf(protocol, port), 200);
    expect(outcome).toBe('timeout');
    expect(tookMs).toBeGreaterThan(190);
  });

  it('is reset if the peer resets', async () => {
    const port = await up(tcpServer((socket) => socket.once('data', () => socket.resetAndDestroy())));
    expect((await probe(addressOf(protocol, port), LONG_MS)).outcome).toBe('reset');
  });

  it('is an error for a response of another protocol', async () => {
    const port = await up(tcpServer((socket) => socket.on('data', () => socket.write('?!\r\n\r\n'))));
    expect((await probe(addressOf(protocol, port), LONG_MS)).outcome).toBe('error');
  });

  it('uses a new connection each time', async () => {
    let connections = 0;
    const port = await up(
      tcpServer((socket) => {
        connections += 1;
        socket.end();
      }),
    );
    await probe(addressOf(protocol, port), LONG_MS);
    await probe(addressOf(protocol, port), LONG_MS);
    expect(connections).toBe(2);
  });
});

describe('a probe', () => {
  it('never rejects, not even without an address', async () => {
    expect((await probe({ protocol: 'http', url: 'nonsense' }, LONG_MS)).outcome).toBe('error');
    expect((await probe({ protocol: 'tcp', host: '127.0.0.1', port: 99_999 }, LONG_MS)).outcome).toBe('error');
    expect((await probe({ protocol: 'redis', host: 'no.such.host.invalid', port: 1 }, LONG_MS)).outcome).toBe('error');
  });

  it('is closed by a Toxiproxy whose upstream is down', async () => {
    await using toxiproxy = await startToxiproxy();
    const down = await up(tcpServer(() => {}));
    await servers.pop()![Symbol.asyncDispose]();
    const port = await toxiproxy.proxy('dead-end', down);
    expect(['closed', 'reset']).toContain((await probe(addressOf('http', port), LONG_MS)).outcome);
    expect(['closed', 'reset']).toContain((await probe(addressOf('tcp', port), LONG_MS)).outcome);
  });
});
