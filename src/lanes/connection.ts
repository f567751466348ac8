/**
 * One connection through a lane: two one-way streams whose flights are held for half a round trip each.
 *
 * What a proxy cannot delay is made up for: the kernel has accepted the client at once, so the first flight waits for
 * the round trip that the handshake would have taken. The upstream is dialled when the SYN would have got there. FIN and
 * RST travel in order behind the data.
 */
import { Socket } from 'node:net';
import type { ReleaseClock } from './release-clock.ts';
import { SlowStart } from './slow-start.ts';

/** What one connection is carried over, drawn when it is accepted. */
export interface Path {
  /** Round trip on a warm connection, last mile included, without jitter, ms. */
  rttMs: number;
  /** Jitter of the round trip that a flight (counted from 0 in both directions together) draws, ms. */
  jitterMs(flight: number): number;
}

export interface Address {
  host: string;
  port: number;
}

/** A source is paused above the first and resumed below the second: what is held in memory per direction stays bounded. */
const PAUSE_BYTES = 4 * 1024 * 1024;
const RESUME_BYTES = 1024 * 1024;

/** Carries an accepted client to `upstream` until both ends are closed; `onRefused` tells that nobody listens there. */
export class Connection {
  readonly #client: Socket;
  readonly #server: Socket;

  constructor(client: Socket, upstream: Address, path: Path, clock: ReleaseClock, onRefused: () => void) {
    const server = new Socket({ allowHalfOpen: true });
    const acceptedMs = clock.now();
    const flights = new Flights(path, clock);
    const up = new Way(true, client, server, flights, acceptedMs + path.rttMs);
    const down = new Way(false, server, client, flights, acceptedMs);
    clock.at(acceptedMs + path.rttMs / 2, () => {
      // A destroyed socket would come to life again.
      if (!server.destroyed) server.connect(upstream.port, upstream.host);
    });
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') onRefused();
      down.reset();
    });
    client.on('error', () => up.reset());
    client.setNoDelay(true);
    server.setNoDelay(true);
    this.#client = client;
    this.#server = server;
  }

  /** Ends it now, both ways. */
  destroy(): void {
    this.#client.destroy();
    this.#server.destroy();
  }
}

/** Tells the flights of a connection apart and knows how long each one takes. */
class Flights {
  readonly path: Path;
  readonly clock: ReleaseClock;
  #direction: Way | null = null;
  #lastMs = -Infinity;
  #flight = -1;
  #oneWayMs = 0;
  /** How late (or early) the last request was released, ms, until a reply has made it good. */
  #lateMs = 0;

  constructor(path: Path, clock: ReleaseClock) {
    this.path = path;
    this.clock = clock;
  }

  /**
   * How long what has just arrived for `direction` travels, ms. A new flight begins when the direction turns, or after a
   * pause of a round trip, and draws jitter. A reply makes good by how much the alarm was off on its request, so that
   * the round trip, which is what a client sees, is off by one rounding of the event loop and not by two.
   */
  oneWayMs(direction: Way, nowMs: number): number {
    if (direction !== this.#direction || nowMs - this.#lastMs > this.path.rttMs) {
      this.#direction = direction;
      this.#flight++;
      this.#oneWayMs = (this.path.rttMs + this.path.jitterMs(this.#flight)) / 2;
      if (!direction.isUp) {
        this.#oneWayMs = Math.max(0, this.#oneWayMs - this.#lateMs);
        this.#lateMs = 0;
      }
    }
    this.#lastMs = nowMs;
    return this.#oneWayMs;
  }

  /** Reports that a piece of a request that was due at `dueMs` is on its way now. */
  requestReleased(dueMs: number): void {
    this.#lateMs = this.clock.now() - dueMs;
  }
}

class Way {
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #flights: Flights;
  readonly #window: SlowStart | null;
  /** Before it, the handshake is not over and nothing leaves. */
  readonly #openMs: number;
  readonly isUp: boolean;
  #lastDepartureMs = -Infinity;
  #lastDueMs = -Infinity;
  #heldBytes = 0;
  #reset = false;

  constructor(isUp: boolean, source: Socket, sink: Socket, flights: Flights, openMs: number) {
    this.isUp = isUp;
    this.#source = source;
    this.#sink = sink;
    this.#flights = flights;
    this.#openMs = openMs;
    this.#window = flights.path.rttMs > 0 ? new SlowStart(flights.path.rttMs) : null;
    source.on('data', (chunk: Buffer) => this.#carry(chunk));
    source.on('end', () => this.#finish());
    sink.on('drain', () => this.#resume());
  }

  #carry(chunk: Buffer): void {
    const { clock } = this.#flights;
    const nowMs = clock.now();
    const oneWayMs = this.#flights.oneWayMs(this, nowMs);
    this.#heldBytes += chunk.length;
    const earliestMs = Math.max(nowMs, this.#openMs);
    if (this.#window === null) {
      this.#release(earliestMs, oneWayMs, chunk);
    } else {
      let from = 0;
      for (const { atMs, bytes } of this.#window.departures(earliestMs, chunk.length)) {
        this.#release(atMs, oneWayMs, bytes === chunk.length ? chunk : chunk.subarray(from, from + bytes));
        from += bytes;
      }
    }
    if (this.#heldBytes + this.#sink.writableLength > PAUSE_BYTES) this.#source.pause();
  }

  #release(departureMs: number, oneWayMs: number, bytes: Buffer): void {
    const dueMs = this.#dueMs(departureMs, oneWayMs);
    this.#flights.clock.at(dueMs, () => {
      if (this.isUp) this.#flights.requestReleased(dueMs);
      this.#heldBytes -= bytes.length;
      if (this.#sink.writable) this.#sink.write(bytes);
      this.#resume();
    });
  }

  /** Nothing overtakes within a direction. */
  #dueMs(departureMs: number, oneWayMs: number): number {
    this.#lastDepartureMs = departureMs;
    this.#lastDueMs = Math.max(this.#lastDueMs, departureMs + oneWayMs);
    return this.#lastDueMs;
  }

  #resume(): void {
    if (this.#source.isPaused() && this.#heldBytes + this.#sink.writableLength < RESUME_BYTES) this.#source.resume();
  }

  /** The source will send no more: its FIN leaves behind its last byte. */
  #finish(): void {
    this.#close(() => this.#sink.end());
  }

  /** The source is gone: its RST reaches the sink one way later. */
  reset(): void {
    if (this.#reset) return;
    this.#reset = true;
    this.#close(() => {
      if (!this.#sink.destroyed) this.#sink.resetAndDestroy();
    });
  }

  #close(act: () => void): void {
    const { clock, path } = this.#flights;
    const departureMs = Math.max(clock.now(), this.#openMs, this.#lastDepartureMs);
    clock.at(this.#dueMs(departureMs, path.rttMs / 2), act);
  }
}
