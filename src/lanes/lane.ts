/** One lane: a loopback port with the network delay of one city to one region. */
import { createServer, type Server, type Socket } from 'node:net';
import type { LaneSpec } from '../formats/lanes.ts';
import { Connection, type Path } from './connection.ts';
import { drawAccess, flightJitterMs, uniform } from './jitter.ts';
import type { ReleaseClock } from './release-clock.ts';
import type { Gate, Upstream } from './upstream.ts';

/**
 * Ports below the ephemeral range of Linux (32768), macOS and Windows (49152): while a listener is closed because its
 * upstream refuses, no outgoing connection can take its port.
 */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_767;
const PORT_TRIES = 200;

const NO_JITTER = () => 0;
/** Key that makes the draw of an address independent of those of access network and jitter. */
const ADDRESS_DRAW = 0xadd2;

export class Lane implements Gate {
  readonly spec: LaneSpec;
  readonly #index: number;
  readonly #seed: number;
  readonly #clock: ReleaseClock;
  readonly #carried = new Set<Connection>();
  #upstream: Upstream;
  /** Whether connections draw access networks and jitter; calibration measures the bare path. */
  #draws = false;
  #connections = 0;
  #server: Server | null = null;
  #port = 0;

  constructor(spec: LaneSpec, index: number, seed: number, clock: ReleaseClock, upstream: Upstream) {
    this.spec = spec;
    this.#index = index;
    this.#seed = seed;
    this.#clock = clock;
    this.#upstream = upstream;
  }

  get port(): number {
    return this.#port;
  }

  /** Listens on a free port, or again on the port it had. */
  async open(): Promise<void> {
    if (this.#server !== null) return;
    if (this.#port !== 0) return this.#listen(this.#port);
    for (let tries = 1; ; tries++) {
      const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT + 1 - FIRST_PORT));
      try {
        return await this.#listen(port);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || tries === PORT_TRIES) throw error;
      }
    }
  }

  /** Refuses new connections; open ones continue. */
  close(): void {
    this.#server?.close();
    this.#server = null;
  }

  /**
   * Points to `upstream` from now on, with access networks and jitter, and counts connections from 0. Open connections
   * are cut off.
   */
  pointTo(upstream: Upstream): void {
    this.cutOff();
    this.#upstream = upstream;
    upstream.add(this);
    this.#draws = true;
    this.#connections = 0;
  }

  /** Ends every open connection now. */
  cutOff(): void {
    for (const connection of this.#carried) connection.destroy();
  }

  #listen(port: number): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.on('error', (error: NodeJS.ErrnoException) => {
        // It could not accept a client and still listens.
        if (server.listening && this.#upstream.noteExhaustion(error.code, 'accept')) return;
        if (this.#server === server) this.#server = null;
        reject(error);
      });
      server.once('close', resolve);
      server.listen({ host: '127.0.0.1', port, backlog: 1024 }, () => {
        this.#port = port;
        resolve();
      });
    });
  }

  #accept(client: Socket): void {
    const number = this.#connections++;
    const draw = this.#upstream.hasChoice ? uniform(this.#seed, ADDRESS_DRAW, this.#index, number) : 0;
    const address = this.#upstream.address(draw);
    const connection = new Connection(client, this.#upstream, address, this.#path(number), this.#clock);
    this.#carried.add(connection);
    client.once('close', () => this.#carried.delete(connection));
  }

  #path(number: number): Path {
    const { rttMs } = this.spec;
    if (!this.#draws) return { rttMs, jitterMs: NO_JITTER };
    const access = drawAccess(this.spec.access, this.#seed, this.#index, number);
    return {
      rttMs: rttMs + (access?.lastMileMs ?? 0),
      jitterMs: (flight) => flightJitterMs(access, this.#seed, this.#index, number, flight),
    };
  }
}
