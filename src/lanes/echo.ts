/** The echo server inside the harness, for calibration of lanes and for the control series. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Address } from './upstream.ts';

/** Body of every response. */
export const ECHO_BODY = 'echo';

/** Serves HTTP/1.1 on a free loopback port: 200 and a few bytes to any request. Keeps idle connections open. */
export function serveEcho(): Promise<Address> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': ECHO_BODY.length });
    response.end(ECHO_BODY);
  });
  server.keepAliveTimeout = 0;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 }, () => {
      resolve({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
    });
  });
}
