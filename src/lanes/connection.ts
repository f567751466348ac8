/**
 * One connection through a lane: two one-way streams whose flights are held for half a round trip each.
 *
 * A proxy cannot delay the handshake, because the kernel accepts the client at once. So the first flight waits for the
 * round trip that the handshake would have taken. The upstream is dialled when the SYN would have arrived, and data for
 * it waits until it has accepted. FIN and RST stay in order behind the data.
 */
import { Socket } from 'node:net';
import type { ReleaseClock } from './release-clock.ts';
import { SlowStart } from './slow-start.ts';
import type { Address, Upstream } from './upstream.ts';

/** The path of one connection, drawn when it is accepted. */
export interface Path {
  /** Round trip on a warm connection, last mile included, without jitter, ms. */
  rttMs: number;
  /** Jitter of the round trip that a flight (counted from 0 in both directions together) draws, ms. */
  jitterMs(flight: number): number;
}

/** A source is paused above the first and resumed below the second, which bounds the memory per direction. */
const PAUSE_BYTES = 4 * 1024 * 1024;
const RESUME_BYTES = 1024 * 1024;

/** Carries an accepted client to `address`, one of those of `upstream`, until both ends are closed. */
export class Connection {
  readonly #client: Socket;
  readonly #upstream: Upstream;
  readonly #address: Address;
  readonly #up: Direction;
  readonly #down: Direction;
  #server: Socket | null = null;
  #isOver = false;

  constructor(client: Socket, upstream: Upstream, address: Address, path: Path, clock: ReleaseClock) {
    this.#client = client;
    this.#upstream = upstream;
    this.#address = address;
    const flights = new Flights(path, clock);
    const acceptedMs = clock.now();
    this.#up = new Direction(true, flights, acceptedMs + path.rttMs);
    this.#down = new Direction(false, flights, acceptedMs);
    this.#up.from(client);
    this.#down.into(client);
    client.on('error', () => this.#up.reset());
    client.setNoDelay(true);
    clock.at(acceptedMs + path.rttMs / 2, () => this.#dial());
  }

  /** Ends both directions now. */
  destroy(): void {
    this.#isOver = true;
    this.#client.destroy();
    this.#server?.destroy();
  }

  #dial(): void {
    if (this.#isOver) return;
    const server = new Socket({ allowHalfOpen: true });
    this.#server = server;
    server.setNoDelay(true);
    server.once('connect', () => {
      this.#upstream.answered(this.#address);
      this.#up.into(server);
    });
    server.on('error', (error: NodeJS.ErrnoException) => void this.#failed(error));
    this.#down.from(server);
    server.connect(this.#address.port, this.#address.host);
  }

  async #failed({ code }: NodeJS.ErrnoException): Promise<void> {
    this.#upstream.noteExhaustion(code, 'dial');
    if (code === 'ECONNREFUSED' && (await this.#upstream.refused(this.#address))) this.#dial();
    else this.#down.reset();
  }
}

/** Separates the flights of a connection and computes the delay of each. */
class Flights {
  readonly path: Path;
  readonly clock: ReleaseClock;
  #direction: Direction | null = null;
  #lastMs = -Infinity;
  #flight = -1;
  #oneWayMs = 0;
  /** How late (or early) the last request was released, ms, until a response has compensated for it. */
  #lateMs = 0;

  constructor(path: Path, clock: ReleaseClock) {
    this.path = path;
    this.clock = clock;
  }

  /**
   * The one-way delay of data that has just arrived for `direction`, ms. A new flight begins when the direction
   * changes, or after a pause of a round trip, and draws jitter. A response compensates for the timer error of its
   * request, so that the round trip that a client sees is off by one rounding of the event loop and not by two.
   */
  oneWayMs(direction: Direction, nowMs: number): number {
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

  /** Notes that part of a request that was due at `dueMs` is released now. */
  requestReleased(dueMs: number): void {
    this.#lateMs = this.clock.now() - dueMs;
  }
}

class Direction {
  readonly #flights: Flights;
  readonly #window: SlowStart | null;
  /** Nothing leaves before the end of the handshake. */
  readonly #openMs: number;
  readonly isUp: boolean;
  #source: Socket | null = null;
  #sink: Socket | null = null;
  /** Writes that are due while the sink is not connected yet, in order. */
  #waiting: ((sink: Socket) => void)[] = [];
  #lastDepartureMs = -Infinity;
  #lastDueMs = -Infinity;
  #heldBytes = 0;
  #reset = false;

  constructor(isUp: boolean, flights: Flights, openMs: number) {
    this.isUp = isUp;
    this.#flights = flights;
    this.#openMs = openMs;
    this.#window = flights.path.rttMs > 0 ? new SlowStart(flights.path.rttMs) : null;
  }

  /** Carries what `source` sends. */
  from(source: Socket): void {
    this.#source = source;
    source.on('data', (chunk: Buffer) => this.#carry(chunk));
    source.on('end', () => this.#finish());
  }

  /** Carries to the connected `sink`; what was due before is written now. */
  into(sink: Socket): void {
    this.#sink = sink;
    sink.on('drain', () => this.#resume());
    for (const act of this.#waiting.splice(0)) act(sink);
  }

  #do(act: (sink: Socket) => void): void {
    if (this.#sink === null) this.#waiting.push(act);
    else act(this.#sink);
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
    if (this.#waitingBytes > PAUSE_BYTES) this.#source?.pause();
  }

  #release(departureMs: number, oneWayMs: number, bytes: Buffer): void {
    const dueMs = this.#dueMs(departureMs, oneWayMs);
    this.#flights.clock.at(dueMs, () => {
      if (this.isUp) this.#flights.requestReleased(dueMs);
      this.#do((sink) => {
        this.#heldBytes -= bytes.length;
        if (sink.writable) sink.write(bytes);
        this.#resume();
      });
    });
  }

  /** Nothing overtakes within a direction. */
  #dueMs(departureMs: number, oneWayMs: number): number {
    this.#lastDepartureMs = departureMs;
    this.#lastDueMs = Math.max(this.#lastDueMs, departureMs + oneWayMs);
    return this.#lastDueMs;
  }

  get #waitingBytes(): number {
    return this.#heldBytes + (this.#sink?.writableLength ?? 0);
  }

  #resume(): void {
    if (this.#source?.isPaused() && this.#waitingBytes < RESUME_BYTES) this.#source.resume();
  }

  /** The source will send no more: its FIN leaves behind its last byte. */
  #finish(): void {
    this.#close((sink) => sink.end());
  }

  /** The source was reset: its RST reaches the sink one one-way delay later. */
  reset(): void {
    if (this.#reset) return;
    this.#reset = true;
    this.#close((sink) => {
      if (!sink.destroyed) sink.resetAndDestroy();
    });
  }

  #close(act: (sink: Socket) => void): void {
    const { clock, path } = this.#flights;
    const departureMs = Math.max(clock.now(), this.#openMs, this.#lastDepartureMs);
    clock.at(this.#dueMs(departureMs, path.rttMs / 2), () => this.#do(act));
  }
}
