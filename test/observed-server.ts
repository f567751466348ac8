/** A server on 127.0.0.1 that an observer requests, as the only upstream of a region. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { Upstream } from '../src/run/upstreams.ts';

/** Listens on a free port; closes with the scope. */
export async function observedServer(listener: RequestListener): Promise<AsyncDisposable & { upstream: Upstream }> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const host = '127.0.0.1';
  return {
    upstream: { url: `http://${host}:${port}`, host, addresses: [host], port, isFromDns: false, isDirect: true },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
