import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { healthOf, isHealthy } from './health-check.ts';

async function serve(answer: RequestListener) {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { port: (server.address() as AddressInfo).port, [Symbol.dispose]: close };
}

describe('a state that looks decide', () => {
  it('changes after three failures in a row and back after two successes', () => {
    const observe = healthOf({ threshold: 3, successes: 2 });
    const said = [true, false, false, true, false, false, false, false, true, false, true, true, true].map((ok) =>
      observe(ok),
    );
    expect(said.flatMap((change, i) => (change ? [`${i} ${change}`] : []))).toEqual(['6 down', '11 up']);
  });
});

describe('a health check', () => {
  it('passes on 200 alone, within the time alone, and makes a connection each time', async () => {
    const ports = new Set<number>();
    using good = await serve((request, answer) => {
      ports.add(request.socket.remotePort!);
      answer.end('ok');
    });
    using bad = await serve((_, answer) => answer.writeHead(503).end());
    using silent = await serve(() => {});
    for (let i = 0; i < 3; i++) expect(await isHealthy(good.port, 5_000)).toBe(true);
    expect(ports.size).toBe(3);
    expect(await isHealthy(bad.port, 5_000)).toBe(false);
    expect(await isHealthy(silent.port, 100)).toBe(false);
  });

  it('fails where nobody listens', async () => {
    const server = await serve(() => {});
    const { port } = server;
    server[Symbol.dispose]();
    expect(await isHealthy(port, 1_000)).toBe(false);
  });
});
