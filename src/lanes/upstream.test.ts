import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Lane } from './lane.ts';
import { ReleaseClock } from './release-clock.ts';
import { Upstream } from './upstream.ts';

const clock = new ReleaseClock();

/** The result of a connection that sends hello: the response, or the code of its error. */
function hello(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write('hello'));
    socket.once('data', (data) => resolve(data.toString()));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code!));
    socket.once('data', () => socket.destroy());
    socket.once('close', () => resolve('closed'));
  });
}

/** A free port. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('Upstream', () => {
  it('refuses on every lane while it refuses, and opens them on the same ports when it accepts again', async () => {
    const address = { host: '127.0.0.1', port: await freePort() };
    const upstream = new Upstream(['127.0.0.1'], address.port);
    const lanes = [20, 4].map((rttMs) => {
      const lane = new Lane({ origin: 0, region: 0, rttMs, access: [], upstream: null }, 0, 1, clock, upstream);
      lane.pointTo(upstream);
      return lane;
    });
    const server = createServer((socket) => socket.pipe(socket).on('error', () => {}));
    try {
      for (const lane of lanes) await lane.open();
      const ports = lanes.map((lane) => lane.port);

      const startedMs = clock.now();
      expect(await hello(ports[0]!)).toBe('ECONNRESET');
      expect(clock.now() - startedMs).toBeGreaterThan(19);
      for (const port of ports) expect(await hello(port)).toBe('ECONNREFUSED');

      server.listen(address.port, address.host);
      await once(server, 'listening');
      const backMs = clock.now();
      for (const port of ports) await expect.poll(() => hello(port), { interval: 5, timeout: 5000 }).toBe('hello');
      expect(clock.now() - backMs).toBeLessThan(1000);
      expect(lanes.map((lane) => lane.port)).toEqual(ports);
    } finally {
      for (const lane of lanes) lane.close();
      server.close();
    }
  });

  it('is refused again as soon as the region refuses again', async () => {
    const address = { host: '127.0.0.1', port: await freePort() };
    const upstream = new Upstream(['127.0.0.1'], address.port);
    const lane = new Lane({ origin: 0, region: 0, rttMs: 2, access: [], upstream: null }, 0, 1, clock, upstream);
    lane.pointTo(upstream);
    await lane.open();
    try {
      for (let round = 0; round < 3; round++) {
        await expect.poll(() => hello(lane.port), { interval: 5 }).toBe('ECONNREFUSED');
        const server = createServer((socket) =>
          socket
            .on('error', () => {})
            .resume()
            .end('here'),
        ).listen(address.port, address.host);
        await once(server, 'listening');
        await expect.poll(() => hello(lane.port), { interval: 5 }).toBe('here');
        server.close();
        await once(server, 'close');
      }
    } finally {
      lane.close();
    }
  });

  /** Lane, and the upstream of its own that `addresses` lead to. */
  async function laneTo(port: number, addresses: string[], rttMs: number): Promise<{ lane: Lane; upstream: Upstream }> {
    const upstream = new Upstream(addresses, port);
    const lane = new Lane({ origin: 0, region: 0, rttMs, access: [], upstream: null }, 3, 1, clock, upstream);
    await lane.open();
    lane.pointTo(upstream);
    return { lane, upstream };
  }

  const echoAt = async (port: number, host: string): Promise<Server> => {
    const server = createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(port, host);
    await once(server, 'listening');
    return server;
  };

  it('counts a short gap once: the first connection is reset, those in flight are carried', async () => {
    const port = await freePort();
    const { lane } = await laneTo(port, ['127.0.0.1'], 40);
    let server: Server | null = null;
    try {
      // Both are accepted before anybody listens, and dialled 20 ms later.
      const inFlight = Promise.all([hello(lane.port), hello(lane.port)]);
      await new Promise((resolve) => setTimeout(resolve, 40));
      server = await echoAt(port, '127.0.0.1');
      expect(await inFlight).toEqual(['ECONNRESET', 'hello']);
      expect(await hello(lane.port)).toBe('hello');
    } finally {
      lane.close();
      server?.close();
    }
  });

  it('spreads connections over all addresses, reproducibly, and accepts also for a dead one', async () => {
    const port = await freePort();
    const server = await echoAt(port, '127.0.0.1');
    const ends: string[][] = [];
    try {
      for (let round = 0; round < 2; round++) {
        const { lane } = await laneTo(port, ['127.0.0.1', '127.0.0.2'], 2);
        ends.push([]);
        for (let i = 0; i < 40; i++) ends[round]!.push(await hello(lane.port));
        lane.close();
      }
      expect(ends[0]).toEqual(ends[1]);
      const good = ends[0]!.filter((end) => end === 'hello').length;
      expect(good).toBeGreaterThan(10);
      expect(good).toBeLessThan(30);
      expect(new Set(ends[0])).toEqual(new Set(['hello', 'ECONNRESET']));
    } finally {
      server.close();
    }
  });

  it('refuses once every address does, and uses new addresses', async () => {
    const port = await freePort();
    const { lane, upstream } = await laneTo(port, ['127.0.0.1', '127.0.0.2'], 2);
    const server = await echoAt(port, '127.0.0.3');
    try {
      await expect.poll(() => hello(lane.port), { interval: 1 }).toBe('ECONNREFUSED');
      upstream.setAddresses(['127.0.0.3']);
      await expect.poll(() => hello(lane.port), { interval: 5 }).toBe('hello');
    } finally {
      lane.close();
      server.close();
    }
  });
});
