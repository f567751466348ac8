import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import product from '../../package.json' with { type: 'json' };
import type { Target } from '../config/types.ts';
import { makeCertificate, type Certificate } from '../../test/tls-server.ts';
import { createTargetClient, type RequestResult } from './target-client.ts';

const HOST = 'api.example.test';
const RUN = { runId: '20260101-000000-abcd', tenants: [{ id: 'tenant-1', home: null, weight: 1 }] };
const SECRET = 'hunter2/of no use';

let folder: string;
let trusted: Certificate;
let client: Certificate;
const servers: Server[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antipode-ask-'));
  trusted = await makeCertificate(folder, 'trusted', [HOST]);
  client = await makeCertificate(folder, 'client', ['harness.example.test']);
});
beforeEach(() => {
  process.env['TARGET_CLIENT_TEST_TOKEN'] = SECRET;
});
afterEach(async () => {
  delete process.env['TARGET_CLIENT_TEST_TOKEN'];
  delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function listening(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const https = async (answer: RequestListener, more: object = {}): Promise<number> => {
  const [cert, key] = await Promise.all([readFile(trusted.certFile), readFile(trusted.keyFile)]);
  return listening(createTlsServer({ cert, key, ...more }, answer));
};

type Part = Pick<Target, 'headers' | 'tls' | 'operations' | 'ledger' | 'carts' | 'world'>;
const UPSTREAM = { url: '', host: HOST, addresses: ['127.0.0.1'], port: 0, isFromDns: false, isDirect: true };
const NO_TLS = { caFile: null, certFile: null, keyFile: null };

async function send(url: string, path: string, change: Partial<Part> = {}, port?: number): Promise<RequestResult> {
  const target: Part = { headers: {}, tls: NO_TLS, operations: [], ledger: null, carts: null, world: null, ...change };
  await using client = createTargetClient({ ...target, ledger: { operation: 'note', read: path } }, RUN, 1_000);
  return await client.request({ ...UPSTREAM, url, port: port ?? 0 }, path, { run: RUN.runId, key: 7 });
}

describe('requests are sent as clients send them', () => {
  test("at the resolved address with the host name, with the target's headers and filled templates", async () => {
    const seen: unknown[] = [];
    const port = await https(
      (request, response) => {
        const { servername } = request.socket as TLSSocket & { servername: string };
        const { host, authorization, 'x-team': team, 'x-antipode-run': run, 'user-agent': agent } = request.headers;
        seen.push({ url: request.url, servername, host, authorization, team, run, agent });
        response.end('{"rows":[1]}');
      },
      { ca: await readFile(client.caFile), requestCert: true, rejectUnauthorized: true },
    );
    const answer = await send(
      `https://${HOST}:${port}/v1`,
      '/ledger?run={run}&key={key}&t=${TARGET_CLIENT_TEST_TOKEN}&x={x}',
      {
        headers: { authorization: 'Bearer ${TARGET_CLIENT_TEST_TOKEN}', 'X-Team': 'shop of {tenant}' },
        tls: { caFile: trusted.caFile, certFile: client.certFile, keyFile: client.keyFile },
      },
    );
    expect(answer).toMatchObject({ status: 200, text: '{"rows":[1]}' });
    expect(seen).toEqual([
      {
        url: `/v1/ledger?run=${RUN.runId}&key=7&t=hunter2%2Fof%20no%20use&x={x}`,
        servername: HOST,
        host: `${HOST}:${port}`,
        authorization: `Bearer ${SECRET}`,
        team: 'shop of tenant-1',
        run: RUN.runId,
        agent: `Antipode/${product.version} (load test; run ${RUN.runId})`,
      },
    ]);
  });

  test('with another method, which a redirect keeps', async () => {
    const port = await listening(
      createServer((request, response) => {
        if (request.url === '/a?key=7') response.writeHead(307, { location: '/b' });
        response.end(`${request.method} ${request.url}`);
      }),
    );
    const upstream = { ...UPSTREAM, url: `http://${HOST}:${port}` };
    await using client = createTargetClient({ headers: {}, tls: NO_TLS, operations: [], world: null }, RUN, 1_000);
    expect(await client.request(upstream, '/a?key={key}', { key: 7 }, { method: 'PURGE' })).toMatchObject({
      text: 'PURGE /b',
    });
  });

  test('a redirect is followed within the origin, relative or absolute, and no further', async () => {
    const port = await listening(
      createServer((request, response) => {
        const to: Record<string, string> = {
          '/a': 'b',
          '/b': `http://${HOST}:${port}//elsewhere.example.test/c`,
          '/away': 'http://elsewhere.example.test/login',
          '/again': '/again',
        };
        const location = to[request.url!];
        if (location) response.writeHead(302, { location });
        response.end(request.url);
      }),
    );
    const url = `http://${HOST}:${port}`;
    expect(await send(url, '/a')).toMatchObject({ status: 200, text: '//elsewhere.example.test/c' });
    expect(await send(url, '/away')).toEqual({ failure: 'status 302, a redirect to http://elsewhere.example.test' });
    expect(await send(url, '/again')).toMatchObject({ status: 302 });
  });
});

describe('a failure is returned', () => {
  const ca = () => ({ caFile: trusted.caFile, certFile: null, keyFile: null });

  test.each([
    ['no CA', () => NO_TLS, /^TLS error: .*certificate/],
    ['another CA', () => ({ ...NO_TLS, caFile: client.caFile }), /^TLS error: .*certificate/],
    ['no client certificate', ca, /certificate required|ECONNRESET|EPIPE|other side closed|TLS error/],
  ])('%s', async (_, tls, words) => {
    // The variable of the shell has no effect.
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    const port = await https((_request, response) => response.end(), {
      ca: await readFile(client.caFile),
      requestCert: true,
      rejectUnauthorized: true,
    });
    expect(await send(`https://${HOST}:${port}`, '/', { tls: tls() })).toEqual({
      failure: expect.stringMatching(words),
    });
  });

  test('another name, a refused connection, and no response', async () => {
    const port = await https((_request, response) => response.end());
    expect(await send(`https://other.example.test:${port}`, '/', { tls: ca() })).toEqual({
      failure: expect.stringMatching(/^TLS error: .*other\.example\.test/),
    });
    expect(await send(`http://${HOST}:1`, '/')).toEqual({ failure: expect.stringContaining('ECONNREFUSED') });
    const silent = await listening(createServer());
    expect(await send(`http://${HOST}:${silent}`, '/')).toEqual({ failure: 'no response within 1 s' });
    for (const server of servers)
      if ('closeAllConnections' in server) (server as never as Closable).closeAllConnections();
  });

  test('a certificate that disappeared during the run', async () => {
    const tls = { ...NO_TLS, certFile: join(folder, 'gone.pem'), keyFile: client.keyFile };
    expect(await send(`http://${HOST}:1`, '/', { tls })).toEqual({ failure: 'cannot read the files of `tls:`' });
  });

  test('without secrets', async () => {
    process.env['TARGET_CLIENT_TEST_TOKEN'] = 'hunter2-hunter2';
    const to = { location: 'http://hunter2-hunter2.example.test/' };
    const port = await listening(createServer((_request, response) => void response.writeHead(302, to).end()));
    const failure = 'status 302, a redirect to http://***.example.test';
    expect(await send(`http://${HOST}:${port}`, '/?t=${TARGET_CLIENT_TEST_TOKEN}')).toEqual({ failure });
  });
});

interface Closable {
  closeAllConnections(): void;
}
