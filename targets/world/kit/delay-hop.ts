/**
 * A wide-area link on one machine: what comes in at one end leaves at the other a fixed time later, in each direction,
 * in order. Fractions of a millisecond count. Connecting itself is free (a proxy cannot delay a handshake); the pools
 * that use these links connect once. Bandwidth is not limited: each piece is late by the same time.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type Address, onLoopback } from './address.ts';

export interface DelayHop {
  port: number;
  close(): Promise<void>;
}

/** Bytes in flight in one direction of one connection before the sender is told to wait. */
const MOST_IN_FLIGHT_BYTES = 16 * 1024 * 1024;

/**
 * Listens there (port 0 = a free one) and forwards to `upstream`, `oneWayMs` later in each direction; 0 forwards at
 * once.
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
  // A close by one side is data too: it arrives at the other in its turn, and the way back stays open until then.
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
 * How much later than asked a timer of this process fires, in the median, ms. Node's timers count whole milliseconds
 * and are always late; asking for less by this much makes early and late balance. A median is followed by steps of
 * equal size up and down (stochastic approximation, Robbins and Monro 1951): it is at rest where both are as frequent.
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
  /** What is under way, oldest first; null is the end of the stream. */
  private readonly inFlight: { dueMs: number; piece: Buffer | null }[] = [];
  private inFlightBytes = 0;
  private isWaiting = false;

  private constructor(from: Socket, to: Socket, delayMs: number) {
    this.from = from;
    this.to = to;
    this.delayMs = delayMs;
  }

  /** Carries everything that `from` says to `to`, `delayMs` later. */
  static between(from: Socket, to: Socket, delayMs: number): void {
    const way = new OneWay(from, to, delayMs);
    from.on('data', (piece: Buffer) => way.accept(piece));
    from.on('end', () => way.accept(null));
    // A reset travels like anything else; what was under way behind it is lost, as on a real link.
    from.on('error', () => setTimeout(() => to.resetAndDestroy(), delayMs));
    from.on('close', (hadError) => {
      if (!hadError && !from.readableEnded) setTimeout(() => to.destroy(), delayMs);
    });
    to.on('drain', () => from.resume());
    to.on('close', () => (way.inFlight.length = 0));
  }

  private accept(piece: Buffer | null): void {
    this.inFlight.push({ dueMs: performance.now() + this.delayMs, piece });
    this.inFlightBytes += piece?.length ?? 0;
    if (this.inFlightBytes > MOST_IN_FLIGHT_BYTES) this.from.pause();
    if (!this.isWaiting) this.wait();
  }

  private wait(): void {
    const next = this.inFlight[0];
    this.isWaiting = next !== undefined;
    if (!next) return;
    const waitMs = next.dueMs - lateness.medianMs - performance.now();
    // Node makes a whole millisecond of any shorter timer.
    if (waitMs < 0.5) setImmediate(() => this.deliver());
    else setTimeout(() => this.deliver(), waitMs);
  }

  private deliver(): void {
    const now = performance.now();
    if (this.inFlight[0]) lateness.learn(now - this.inFlight[0].dueMs);
    // The first one is what the timer was for; those due within half a tick of the clock go with it.
    for (let first = true; this.inFlight[0] && (first || this.inFlight[0].dueMs - now < 0.5); first = false) {
      const { piece } = this.inFlight.shift()!;
      if (piece === null) {
        this.to.end();
        continue;
      }
      this.inFlightBytes -= piece.length;
      if (!this.to.write(piece)) this.from.pause();
      else if (this.inFlightBytes < MOST_IN_FLIGHT_BYTES / 2) this.from.resume();
    }
    this.wait();
  }
}
