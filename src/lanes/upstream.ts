/**
 * The upstream of lanes: one name, its addresses and a port. While every address refuses connections, its lanes close
 * their own listeners, so that clients are refused, too. They listen again, on the same ports, as soon as an address
 * accepts.
 */
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import type { ExhaustedWhere } from '../formats/journal.ts';
import { isExhaustion } from './exhaustion.ts';

/**
 * How often an upstream that refuses is probed: at first every millisecond (a gap of 5 ms must not become one of 50
 * ms), later after a twentieth of the time it has been down, so that it is not hammered.
 */
const MIN_POLL_MS = 1;
const MAX_POLL_MS = 50;
const POLL_SHARE = 1 / 20;
/** A probe that meets a full accept queue times out after this and is repeated. */
const PROBE_TIMEOUT_MS = 1000;
/**
 * A connection that was in flight when the lanes closed waits this long for them to open. Closed lanes refuse as many
 * connections as the upstream would; those in flight would be refused in addition and count a short gap twice. The one
 * that closed them is refused: otherwise a gap that only one connection meets would not count.
 */
const HOLD_MS = 50;

export interface Address {
  host: string;
  port: number;
}

export interface Gate {
  close(): void;
  /** Rejects if the port is taken. */
  open(): Promise<void>;
}

export class Upstream {
  readonly port: number;
  readonly #gates: Gate[] = [];
  readonly #refusing = new Set<string>();
  readonly #onExhausted: (errno: string, where: ExhaustedWhere) => void;
  #addresses: readonly string[];
  #isClosed = false;
  #held: (() => void)[] = [];

  /** `onExhausted` is called when this machine has no port or file handle left. */
  constructor(
    addresses: readonly string[],
    port: number,
    onExhausted: (errno: string, where: ExhaustedWhere) => void = () => {},
  ) {
    this.#addresses = addresses;
    this.port = port;
    this.#onExhausted = onExhausted;
  }

  add(gate: Gate): void {
    this.#gates.push(gate);
  }

  /**
   * The address of a new connection by `draw` in (0, 1), as k6 picks one at random for each connection. Like k6 it does
   * not try another when that one refuses.
   */
  address(draw: number): Address {
    return { host: this.#addresses[Math.floor(draw * this.#addresses.length)]!, port: this.port };
  }

  get hasChoice(): boolean {
    return this.#addresses.length > 1;
  }

  /** DNS has changed: new connections use these addresses, open ones stay. */
  setAddresses(addresses: readonly string[]): void {
    this.#addresses = addresses;
    for (const host of this.#refusing) if (!addresses.includes(host)) this.#refusing.delete(host);
  }

  answered({ host }: Address): void {
    this.#refusing.delete(host);
  }

  /**
   * A lane was refused at `host`. Once every address refuses, closes the gates of all lanes until one accepts again.
   * Resolves with whether to dial again: the gates were closed and are open now.
   */
  async refused({ host }: Address): Promise<boolean> {
    this.#refusing.add(host);
    // While another address accepts, the gates stay open and only this connection is refused.
    if (!this.#addresses.every((address) => this.#refusing.has(address))) return false;
    if (!this.#isClosed) {
      this.#close();
      return false;
    }
    return Promise.race([
      new Promise<true>((resolve) => this.#held.push(() => resolve(true))),
      setTimeout(HOLD_MS, false, { ref: false }),
    ]);
  }

  /**
   * Whether this error of a connection or a listener means that this machine ran out of a resource; reports it if so.
   */
  noteExhaustion(errno: string | undefined, where: ExhaustedWhere): boolean {
    if (!isExhaustion(errno)) return false;
    this.#onExhausted(errno, where);
    return true;
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const gate of this.#gates) gate.close();
    void this.#untilBack();
  }

  async #untilBack(): Promise<void> {
    const closedMs = performance.now();
    do {
      const downMs = performance.now() - closedMs;
      await setTimeout(Math.min(MAX_POLL_MS, Math.max(MIN_POLL_MS, downMs * POLL_SHARE)), undefined, { ref: false });
    } while (!(await this.#anyListens()));
    this.#isClosed = false;
    this.#refusing.clear();
    for (const proceed of this.#held.splice(0)) proceed();
    try {
      await Promise.all(this.#gates.map((gate) => gate.open()));
    } catch (error) {
      process.stderr.write(`a lane cannot listen again, retrying: ${String(error)}\n`);
      this.#close();
    }
  }

  #anyListens(): Promise<boolean> {
    return Promise.any(this.#addresses.map((host) => this.#listens(host))).catch(() => false);
  }

  /** Rejects if the address does not accept connections. */
  #listens(host: string): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const probe = connect({ host, port: this.port, timeout: PROBE_TIMEOUT_MS });
      const fail = (error: NodeJS.ErrnoException) => {
        probe.destroy();
        this.noteExhaustion(error.code, 'dial');
        reject(error);
      };
      probe.once('connect', () => {
        probe.destroy();
        resolve(true);
      });
      probe.once('timeout', () => fail(new Error('timeout')));
      probe.once('error', fail);
    });
  }
}
