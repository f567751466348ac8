/**
 * A server in its own process that responds to every request line of the lane benchmark with a small reply at once;
 * exits with its stdin.
 */
import { createServer, type AddressInfo } from 'node:net';

const REPLY = Buffer.alloc(200, 'r');

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    let asked = 0;
    for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) asked++;
    if (asked > 0) socket.write(asked === 1 ? REPLY : Buffer.concat(Array.from({ length: asked }, () => REPLY)));
  });
});
server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 }, () => {
  console.log((server.address() as AddressInfo).port);
});
process.stdin.resume().once('end', () => process.exit(0));
