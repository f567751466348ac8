/**
 * One connection through a lane: two one-way streams whose flights are held for half a round trip each.
 *
 * What a proxy cannot delay is made up for: the kernel has accepted the client at once, so the first flight waits for
 * the round trip that the handshake would have taken. The upstream is dialled when the SYN would have got there, and
 * what is for it waits until it has answered. FIN and RST travel in order behind the data.
 */
import { Socket } from 'node:net';
import type { ReleaseClock } from './release-clock.ts';
import { SlowStart } from './slow-start.ts';
import type { Address, Upstream } from './upstream.ts';

/** What one connection is carried over, drawn when it is accepted. */
export interface Path {
  /** Round trip on a warm connection, last mile included, without jitter, ms. */
  rttMs: number;
  /** Jitter of the round trip that a flight (counted from 0 in both directions together) draws, ms. */
  jitterMs(flight: number): number;
}

/**
 * A source is paused above the first and resumed below the second: what is held in memory per direction stays bounded.
 */
const PAUSE_BYTES = 4 * 1024 * 1024;
const RESUME_BYTES = 1024 * 1024;

/** Carries an accepted client to `address`, one of those of `upstream`, until both ends are closed. */
export class Connection {
  readonly #client: Socket;
  readonly #upstream: Upstream;
  readonly #address: Address;
  readonly #up: Way;
  readonly #down: Way;
  #server: Socket | null = null;
  #isOver = false;

  constructor(client: Socket, upstream: Upstream, address: Address, path: Path, clock: ReleaseClock) {
    this.#client = client;
    this.#upstream = upstream;
    this.#address = address;
    const flights = new Flights(path, clock);
    const acceptedMs = clock.now();
    this.#up = new Way(true, flights, acceptedMs + path.rttMs);
    this.#down = new Way(false, flights, acceptedMs);
    this.#up.from(client);
    this.#down.into(client);
    client.on('error', () => this.#up.reset());
    client.setNoDelay(true);
    clock.at(acceptedMs + path.rttMs / 2, () => this.#dial());
  }

  /** Ends it now, both ways. */
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
   * How long what has just arrived for `direction` travels, ms. A new flight begins when the direction turns, or after
   * a pause of a round trip, and draws jitter. A reply makes good by how much the alarm was off on its request, so that
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
  readonly #flights: Flights;
  readonly #window: SlowStart | null;
  /** Before it, the handshake is not over and nothing leaves. */
  readonly #openMs: number;
  readonly isUp: boolean;
  #source: Socket | null = null;
  #sink: Socket | null = null;
  /** What is due at a sink that has not yet answered, in order. */
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

  /** Carries to `sink`, which is connected: what was due before goes now. */
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

  /** The source is gone: its RST reaches the sink one way later. */
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
