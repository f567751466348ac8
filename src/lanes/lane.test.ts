import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { AccessShare } from '../formats/lanes.ts';
import { Lane } from './lane.ts';
import { ReleaseClock } from './release-clock.ts';
import { Upstream } from './upstream.ts';

const clock = new ReleaseClock();
/**
 * How late a single time may be on a machine that is busy with other tests: less than any round trip here, so that one
 * too many is seen. How exact lanes are is measured by `npm run bench -- lanes`, never by a test.
 */
const SLACK_MS = 80;
/** A client that learns late that it is connected sends late, while the handshake continues. */
const TOLD_LATE_MS = 50;

/** A region with the connection handler of a test, behind a lane of its own. */
async function region(
  rttMs: number,
  serve: (socket: Socket) => void,
  access: AccessShare[] = [],
): Promise<AsyncDisposable & { lane: Lane; port: number; server: Server }> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  const upstream = new Upstream(['127.0.0.1'], address.port);
  const lane = new Lane({ origin: 0, region: 0, rttMs, access, upstream: null }, 0, 1, clock, upstream);
  await lane.open();
  lane.pointTo(upstream);
  return {
    lane,
    port: lane.port,
    server,
    async [Symbol.asyncDispose]() {
      lane.close();
      lane.cutOff();
      for (const socket of sockets) socket.destroy();
      if (server.listening) server.close();
    },
  };
}

interface Client extends Disposable {
  socket: Socket;
  /** Sends, and resolves with the time until `bytes` have come back, ms. */
  ask(request: string | Buffer, bytes: number): Promise<number>;
}

async function client(port: number): Promise<Client> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true });
  await once(socket, 'connect');
  return {
    socket,
    async ask(request, bytes) {
      const sentMs = clock.now();
      socket.write(request);
      await received(socket, bytes);
      return clock.now() - sentMs;
    },
    [Symbol.dispose]: () => socket.destroy(),
  };
}

function received(socket: Socket, bytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const take = (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length < bytes) return;
      socket.off('data', take).off('error', fail).off('close', fail);
      resolve(Buffer.concat(chunks));
    };
    socket.on('data', take);
    const fail = (error?: Error) => reject(error ?? new Error(`closed after ${length} of ${bytes} bytes`));
    socket.once('error', fail).once('close', fail);
  });
}

const echo = (socket: Socket) => socket.pipe(socket);
const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Resolves when the handshake of a connection that has just been made is over. */
async function handshake(rttMs: number): Promise<void> {
  const overMs = clock.now() + rttMs;
  await expect.poll(() => clock.now(), { interval: 5 }).toBeGreaterThan(overMs);
}

/** Resolves with the time at which the socket reports `event`. */
async function timeOf(socket: Socket, event: string): Promise<number> {
  await new Promise((resolve) => socket.once(event, resolve));
  return clock.now();
}

describe('Lane', () => {
  it.each([8.5, 35.4, 171])('takes %d ms for a round trip, and never less', async (rttMs) => {
    await using there = await region(rttMs, echo);
    using asking = await client(there.port);
    await asking.ask('first', 5);
    const roundTrips: number[] = [];
    for (let i = 0; i < 11; i++) roundTrips.push(await asking.ask('hello', 5));
    expect(median(roundTrips)).toBeLessThan(rttMs + SLACK_MS);
    expect(Math.min(...roundTrips)).toBeGreaterThan(rttMs - 1);
  });

  it('includes the handshake in the first request of a connection', async () => {
    await using there = await region(100, echo);
    using asking = await client(there.port);
    const cold = await asking.ask('hello', 5);
    expect(cold).toBeGreaterThan(200 - TOLD_LATE_MS);
    expect(cold).toBeLessThan(200 + SLACK_MS);
    expect(await asking.ask('hello', 5)).toBeLessThan(100 + SLACK_MS);
  });

  it('does not add a handshake that ended before the request', async () => {
    await using there = await region(100, (socket) => socket.once('data', () => echo(socket).write('late')));
    using asking = await client(there.port);
    await handshake(100);
    expect(await asking.ask('hello', 4)).toBeLessThan(100 + SLACK_MS);
  });

  it('sends a large reply in slow start: 100 KB on a cold connection in five round trips', async () => {
    const reply = Buffer.alloc(100 * 1024, 'x');
    await using there = await region(100, (socket) => socket.on('data', () => socket.write(reply)));
    using asking = await client(there.port);
    const cold = await asking.ask('get', reply.length);
    expect(cold).toBeGreaterThan(5 * 100 - TOLD_LATE_MS);
    expect(cold).toBeLessThan(5 * 100 + SLACK_MS);
    expect(await asking.ask('get', reply.length)).toBeLessThan(100 + SLACK_MS);
  });

  it('forwards at once with a round trip of zero', async () => {
    await using there = await region(0, echo);
    using asking = await client(there.port);
    await asking.ask('first', 5);
    const roundTrips: number[] = [];
    for (let i = 0; i < 21; i++) roundTrips.push(await asking.ask('hello', 5));
    expect(median(roundTrips)).toBeLessThan(SLACK_MS);
  });

  it('delivers every byte in order, both ways, whatever the jitter and the sizes', async () => {
    const wild = { kind: 'wild', share: 1, lastMileMs: 3, jitterMedianMs: 5, jitterSigmaLog: 1 };
    await using there = await region(6, echo, [wild]);
    using asking = await client(there.port);
    const sent = Buffer.from(Uint32Array.from({ length: 300_000 }, (_, i) => i).buffer);
    const all = received(asking.socket, sent.length);
    for (let from = 0, turn = 0; from < sent.length; turn++) {
      const to = from + 1 + ((turn * 7919) % 40_000);
      asking.socket.write(sent.subarray(from, to));
      from = to;
      if (turn % 5 === 0) await new Promise((resolve) => setTimeout(resolve, turn % 3));
    }
    expect((await all).equals(sent)).toBe(true);
  });

  it('adds the last mile of the network that the connection drew', async () => {
    const far = { kind: 'far', share: 1, lastMileMs: 90, jitterMedianMs: 0, jitterSigmaLog: 0 };
    await using there = await region(10, echo, [far]);
    using asking = await client(there.port);
    expect(await asking.ask('hello', 5)).toBeGreaterThan(199);
    const warm = await asking.ask('hello', 5);
    expect(warm).toBeGreaterThan(99);
    expect(warm).toBeLessThan(100 + SLACK_MS);
  });

  it('sends a FIN one one-way delay behind the last byte, and keeps the other half open', async () => {
    let finMs = 0;
    await using there = await region(200, (socket) => {
      socket.resume().on('end', () => {
        finMs = clock.now();
        socket.end('reply after your FIN');
      });
    });
    using asking = await client(there.port);
    await handshake(200);
    const sentMs = clock.now();
    const reply = received(asking.socket, 20);
    const ended = timeOf(asking.socket, 'end');
    asking.socket.end('question');
    expect((await reply).toString()).toBe('reply after your FIN');
    const endedMs = await ended;
    expect(finMs - sentMs).toBeGreaterThan(99);
    expect(finMs - sentMs).toBeLessThan(100 + SLACK_MS);
    expect(endedMs - finMs).toBeGreaterThan(99);
    expect(endedMs - finMs).toBeLessThan(100 + SLACK_MS);
  });

  it('forwards a RST of the region, one one-way delay later', async () => {
    let resetMs = 0;
    await using there = await region(200, (socket) => {
      socket.on('data', () => {
        resetMs = clock.now();
        socket.resetAndDestroy();
      });
    });
    using asking = await client(there.port);
    const failed = new Promise<NodeJS.ErrnoException>((resolve) => asking.socket.once('error', resolve));
    asking.socket.resume().write('hello');
    expect((await failed).code).toBe('ECONNRESET');
    expect(clock.now() - resetMs).toBeGreaterThan(99);
    expect(clock.now() - resetMs).toBeLessThan(100 + SLACK_MS);
  });

  it('forwards a RST of the client, one one-way delay later', async () => {
    const failures: { code: string | undefined; atMs: number }[] = [];
    await using there = await region(200, (socket) => {
      socket.resume();
      socket.on('error', (error: NodeJS.ErrnoException) => failures.push({ code: error.code, atMs: clock.now() }));
    });
    using asking = await client(there.port);
    await handshake(200);
    const resetMs = clock.now();
    asking.socket.resetAndDestroy();
    await expect.poll(() => failures.length, { interval: 2 }).toBe(1);
    expect(failures[0]!.code).toBe('ECONNRESET');
    expect(failures[0]!.atMs - resetMs).toBeGreaterThan(99);
    expect(failures[0]!.atMs - resetMs).toBeLessThan(100 + SLACK_MS);
  });

  it('resets the region when a client that has closed still gets data', async () => {
    const endings: string[] = [];
    await using there = await region(10, (socket) => {
      socket.resume();
      // A response to a client that has closed, in pieces.
      socket.once('end', () => {
        const writing = setInterval(() => socket.write('reply'), 10);
        socket.once('close', () => clearInterval(writing));
      });
      socket.on('error', (error: NodeJS.ErrnoException) => endings.push(error.code!));
    });
    const asking = await client(there.port);
    asking.socket.write('hello');
    asking.socket.destroy();
    await expect.poll(() => endings.length).toBe(1);
    expect(['ECONNRESET', 'EPIPE']).toContain(endings[0]);
  });

  it('stops reading from a region whose client does not read, and loses nothing', async () => {
    const piece = Buffer.alloc(1024 * 1024, 'y');
    const pieces = 64;
    let writing: Socket | undefined;
    await using there = await region(10, (socket) => {
      writing = socket;
      for (let i = 0; i < pieces; i++) socket.write(piece);
      socket.end();
    });
    using asking = await client(there.port);
    const waiting = () => writing?.writableLength ?? 0;
    await expect.poll(waiting).toBeGreaterThan(0);
    let before = -1;
    await expect
      .poll(() => [before, (before = waiting())].join(), { interval: 300, timeout: 10_000 })
      .toMatch(/^(\d+),\1$/);
    // The lane's 4 MB and what kernels buffer on four sockets; the rest waits in the region.
    expect(waiting()).toBeGreaterThan(20 * piece.length);
    expect((await received(asking.socket, pieces * piece.length)).length).toBe(pieces * piece.length);
  });

  it('counts connections from 0 and cuts off the old ones when it is pointed elsewhere', async () => {
    await using there = await region(5, echo);
    await using other = await region(5, (socket) => socket.end('other'));
    using asking = await client(there.port);
    const cut = timeOf(asking.socket, 'end');
    await asking.ask('hello', 5);
    asking.socket.resume();
    there.lane.pointTo(new Upstream(['127.0.0.1'], (other.server.address() as AddressInfo).port));
    await cut;
    using again = await client(there.port);
    expect((await received(again.socket, 5)).toString()).toBe('other');
  });
});
