import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Lane } from './lane.ts';
import { ReleaseClock } from './release-clock.ts';
import { Upstream } from './upstream.ts';

const clock = new ReleaseClock();

/** How a connection that says hello ends: with the answer, or with the code of its error. */
function say(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write('hello'));
    socket.once('data', (data) => resolve(data.toString()));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code!));
    socket.once('data', () => socket.destroy());
    socket.once('close', () => resolve('closed'));
  });
}

/** A port on which nobody listens, and somebody may. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('Upstream', () => {
  it('keeps refused refused on every lane that leads there, and opens them on the same ports when it is back', async () => {
    const address = { host: '127.0.0.1', port: await freePort() };
    const upstream = new Upstream(['127.0.0.1'], address.port);
    const lanes = [20, 4].map((rttMs) => {
      const lane = new Lane({ origin: 0, region: 0, rttMs, access: [], upstream: null }, 0, 1, clock, upstream);
      lane.leadTo(upstream);
      return lane;
    });
    const server = createServer((socket) => socket.pipe(socket).on('error', () => {}));
    try {
      for (const lane of lanes) await lane.open();
      const ports = lanes.map((lane) => lane.port);

      const startedMs = clock.now();
      expect(await say(ports[0]!)).toBe('ECONNRESET');
      expect(clock.now() - startedMs).toBeGreaterThan(19);
      for (const port of ports) expect(await say(port)).toBe('ECONNREFUSED');

      server.listen(address.port, address.host);
      await once(server, 'listening');
      const backMs = clock.now();
      for (const port of ports) await expect.poll(() => say(port), { interval: 5, timeout: 5000 }).toBe('hello');
      expect(clock.now() - backMs).toBeLessThan(1000);
      expect(lanes.map((lane) => lane.port)).toEqual(ports);
    } finally {
      for (const lane of lanes) lane.close();
      server.close();
    }
  });

  it('is refused again as soon as the region is gone again', async () => {
    const address = { host: '127.0.0.1', port: await freePort() };
    const upstream = new Upstream(['127.0.0.1'], address.port);
    const lane = new Lane({ origin: 0, region: 0, rttMs: 2, access: [], upstream: null }, 0, 1, clock, upstream);
    lane.leadTo(upstream);
    await lane.open();
    try {
      for (let round = 0; round < 3; round++) {
        await expect.poll(() => say(lane.port), { interval: 5 }).toBe('ECONNREFUSED');
        const server = createServer((socket) =>
          socket
            .on('error', () => {})
            .resume()
            .end('here'),
        ).listen(address.port, address.host);
        await once(server, 'listening');
        await expect.poll(() => say(lane.port), { interval: 5 }).toBe('here');
        server.close();
        await once(server, 'close');
      }
    } finally {
      lane.close();
    }
  });
});
