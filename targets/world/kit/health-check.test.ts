import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { healthTracker, isHealthy } from './health-check.ts';

async function serve(listener: RequestListener) {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { port: (server.address() as AddressInfo).port, [Symbol.dispose]: close };
}

describe('the health of a region', () => {
  it('changes to down after three failures in a row and back after two successes', () => {
    const observe = healthTracker({ threshold: 3, successes: 2 });
    const changes = [true, false, false, true, false, false, false, false, true, false, true, true, true].map((ok) =>
      observe(ok),
    );
    expect(changes.flatMap((change, i) => (change ? [`${i} ${change}`] : []))).toEqual(['6 down', '11 up']);
  });
});

describe('a health check', () => {
  it('passes only on a 200 in time, and opens a new connection each time', async () => {
    const ports = new Set<number>();
    using good = await serve((request, response) => {
      ports.add(request.socket.remotePort!);
      response.end('ok');
    });
    using bad = await serve((_, response) => response.writeHead(503).end());
    using silent = await serve(() => {});
    for (let i = 0; i < 3; i++) expect(await isHealthy(good.port, 5_000)).toBe(true);
    expect(ports.size).toBe(3);
    expect(await isHealthy(bad.port, 5_000)).toBe(false);
    expect(await isHealthy(silent.port, 100)).toBe(false);
  });

  it('fails when the connection is refused', async () => {
    const server = await serve(() => {});
    const { port } = server;
    server[Symbol.dispose]();
    expect(await isHealthy(port, 1_000)).toBe(false);
  });
});
