/** The echo inside the harness: what lanes are calibrated against, and what the control series asks. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Address } from './upstream.ts';

/** Body of every answer. */
export const ECHO_BODY = 'echo';

/** Serves HTTP/1.1 on a free loopback port: 200 and a few bytes to whatever is asked. Keeps idle connections open. */
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
