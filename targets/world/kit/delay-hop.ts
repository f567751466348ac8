/**
 * Emulates a wide-area link on one machine: delays the data of each direction by a fixed time, in order, with
 * sub-millisecond accuracy. The TCP handshake is not delayed (a proxy cannot); the connection pools that use these
 * links connect once. Bandwidth is not limited.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type Address, onLoopback } from './address.ts';

export interface DelayHop {
  port: number;
  close(): Promise<void>;
}

/** Bytes in flight in one direction of one connection; beyond them the sender is paused. */
const MAX_IN_FLIGHT_BYTES = 16 * 1024 * 1024;

/**
 * Listens at this address (port 0 = a free port) and forwards to `upstream` with a delay of `oneWayMs` in each
 * direction; 0 = no delay.
 */
export async function startDelayHop({
  oneWayMs,
  upstream,
  listen = onLoopback(0),
}: {
  oneWayMs: number;
  upstream: Address;
  listen?: Address;
}): Promise<DelayHop> {
  const sockets = new Set<Socket>();
  // The end of a stream is delayed in order like data, and the other direction stays open until it arrives.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = connect({ ...upstream, allowHalfOpen: true, noDelay: true });
    OneWay.between(near, far, oneWayMs);
    OneWay.between(far, near, oneWayMs);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    }
  });
  server.listen(listen.port, listen.host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/**
 * Median lateness of this process's timers, ms. Node's timers have whole milliseconds and always fire late; subtracting
 * the median from each wait balances early and late. The estimate moves up or down by a fixed step and settles where
 * both are equally frequent, which is the median (stochastic approximation, Robbins and Monro 1951).
 */
const lateness = {
  medianMs: 1,
  learn(errorMs: number): void {
    this.medianMs = Math.min(3, Math.max(-1, this.medianMs + (errorMs > 0 ? 0.02 : -0.02)));
  },
};

class OneWay {
  private readonly from: Socket;
  private readonly to: Socket;
  private readonly delayMs: number;
  /** Data in flight, oldest first; null is the end of the stream. */
  private readonly inFlight: { dueMs: number; piece: Buffer | null }[] = [];
  private inFlightBytes = 0;
  private isWaiting = false;

  private constructor(from: Socket, to: Socket, delayMs: number) {
    this.from = from;
    this.to = to;
    this.delayMs = delayMs;
  }

  /** Forwards everything from `from` to `to`, delayed by `delayMs`. */
  static between(from: Socket, to: Socket, delayMs: number): void {
    const link = new OneWay(from, to, delayMs);
    from.on('data', (piece: Buffer) => link.accept(piece));
    from.on('end', () => link.accept(null));
    // A reset is delayed too; data in flight at that time is lost, as on a real link.
    from.on('error', () => setTimeout(() => to.resetAndDestroy(), delayMs));
    from.on('close', (hadError) => {
      if (!hadError && !from.readableEnded) setTimeout(() => to.destroy(), delayMs);
    });
    to.on('drain', () => from.resume());
    to.on('close', () => (link.inFlight.length = 0));
  }

  private accept(piece: Buffer | null): void {
    this.inFlight.push({ dueMs: performance.now() + this.delayMs, piece });
    this.inFlightBytes += piece?.length ?? 0;
    if (this.inFlightBytes > MAX_IN_FLIGHT_BYTES) this.from.pause();
    if (!this.isWaiting) this.wait();
  }

  private wait(): void {
    const next = this.inFlight[0];
    this.isWaiting = next !== undefined;
    if (!next) return;
    const waitMs = next.dueMs - lateness.medianMs - performance.now();
    // Node rounds shorter timers up to a millisecond.
    if (waitMs < 0.5) setImmediate(() => this.deliver());
    else setTimeout(() => this.deliver(), waitMs);
  }

  private deliver(): void {
    const now = performance.now();
    if (this.inFlight[0]) lateness.learn(now - this.inFlight[0].dueMs);
    // The timer was set for the first one; those due within half a millisecond go with it.
    for (let first = true; this.inFlight[0] && (first || this.inFlight[0].dueMs - now < 0.5); first = false) {
      const { piece } = this.inFlight.shift()!;
      if (piece === null) {
        this.to.end();
        continue;
      }
      this.inFlightBytes -= piece.length;
      if (!this.to.write(piece)) this.from.pause();
      else if (this.inFlightBytes < MAX_IN_FLIGHT_BYTES / 2) this.from.resume();
    }
    this.wait();
  }
}
