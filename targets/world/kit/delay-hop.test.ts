import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { onLoopback } from './address.ts';
import { startDelayHop } from './delay-hop.ts';

async function serve(onConnection: (socket: Socket) => void) {
  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, onConnection);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

async function hopTo(upstreamPort: number, oneWayMs: number) {
  const hop = await startDelayHop({ oneWayMs, upstream: onLoopback(upstreamPort) });
  return { port: hop.port, [Symbol.asyncDispose]: () => hop.close() };
}

const echo = () => serve((socket) => socket.on('error', () => {}).pipe(socket));

const dial = async (port: number): Promise<Socket> => {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true });
  await once(socket, 'connect');
  return socket;
};

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;

/** What a busy machine may add: less than one extra one-way delay of the longest hop here. */
const SLACK_MS = 80;
const EARLY_MS = 10;

/** Round trips of small echoes over `connections`, one after the other on each, ms. */
async function roundTrips(port: number, connections: number, echoes: number): Promise<number[]> {
  const times: number[] = [];
  const one = async (): Promise<void> => {
    const socket = await dial(port);
    for (let i = 0; i < echoes; i++) {
      const begun = performance.now();
      socket.write('x');
      await once(socket, 'data');
      times.push(performance.now() - begun);
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: connections }, one));
  return times;
}

describe('a delay hop', () => {
  it.each([0, 10.45, 104.8])('delays data by %d ms in each direction', async (oneWayMs) => {
    await using upstream = await echo();
    await using hop = await hopTo(upstream.port, oneWayMs);
    const times = await roundTrips(hop.port, 4, 12);
    // The hop compensates for late timers, so single pieces can be early.
    expect(median(times)).toBeGreaterThan(2 * oneWayMs - EARLY_MS);
    expect(median(times)).toBeLessThan(2 * oneWayMs + SLACK_MS);
  });

  it('does not limit bandwidth', async () => {
    await using upstream = await echo();
    await using hop = await hopTo(upstream.port, 50);
    const socket = await dial(hop.port);
    const sent = Buffer.alloc(4_000_000, 0).map((_, i) => i % 251);
    const begun = performance.now();
    socket.write(sent);
    const got: Buffer[] = [];
    let bytes = 0;
    for await (const piece of socket) {
      got.push(piece as Buffer);
      bytes += (piece as Buffer).length;
      if (bytes === sent.length) break;
    }
    expect(Buffer.concat(got).equals(sent), 'nothing lost, all in order').toBe(true);
    expect(performance.now() - begun).toBeGreaterThan(99);
    // 4 MB in pieces of 64 KB, one after the other, would take more than six seconds.
    expect(performance.now() - begun).toBeLessThan(4_000);
  });

  it('delivers the reply to a client that has half-closed the connection', async () => {
    await using upstream = await serve((socket) => socket.on('end', () => socket.end('bye')).resume());
    await using hop = await hopTo(upstream.port, 20);
    const socket = await dial(hop.port);
    socket.end('hello');
    const [reply] = (await once(socket, 'data')) as [Buffer];
    expect(reply.toString()).toBe('bye');
  });

  it('closes the connection when its upstream refuses', async () => {
    const closed = await echo();
    await closed[Symbol.asyncDispose]();
    await using hop = await hopTo(closed.port, 5);
    const socket = await dial(hop.port);
    socket.resume().on('error', () => {});
    await new Promise((resolve) => socket.on('close', resolve));
    expect(socket.destroyed).toBe(true);
  });

  it('closes the upstream connection when the client resets', async () => {
    let report = (_how: string): void => {};
    const seen = new Promise<string>((resolve) => (report = resolve));
    await using upstream = await serve((socket) =>
      socket
        .on('error', () => {})
        .on('close', () => report('closed'))
        .on('end', () => socket.end())
        .resume(),
    );
    await using hop = await hopTo(upstream.port, 5);
    const socket = await dial(hop.port);
    socket.write('x');
    socket.resetAndDestroy();
    expect(await seen).toBe('closed');
  });
});
