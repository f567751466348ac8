/**
 * Where lanes lead to: one name, its addresses and a port. While nobody listens at any of them, the lanes that lead
 * there close their own listeners, so that refused stays refused; they open again, on the same ports, as soon as
 * somebody does.
 */
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import type { ExhaustedWhere } from '../formats/journal.ts';
import { isExhaustion } from './exhaustion.ts';

/**
 * How soon it is asked whether the upstream is back: at once after a short gap (a server that does not listen for 5 ms
 * must not be gone for 50), and later within a twentieth of the time that it has been gone, so that one that is down is
 * not hammered.
 */
const POLL_LEAST_MS = 1;
const POLL_MOST_MS = 50;
const POLL_SHARE = 1 / 20;
/** An accept queue that is full is no refusal, but no answer either: ask again. */
const PROBE_TIMEOUT_MS = 1000;
/**
 * A connection that was on its way when the gates closed waits this long for them to open. From then on they refuse as
 * many as the upstream would; what was on the way would come on top and count a short gap twice. The one that closed
 * them is refused: without it, a gap that only one connection meets would count for nothing.
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
  readonly #ranOut: (errno: string, where: ExhaustedWhere) => void;
  #addresses: readonly string[];
  #isClosed = false;
  #held: (() => void)[] = [];

  /** `ranOut` hears of ports and file handles that this machine has not left. */
  constructor(
    addresses: readonly string[],
    port: number,
    ranOut: (errno: string, where: ExhaustedWhere) => void = () => {},
  ) {
    this.#addresses = addresses;
    this.port = port;
    this.#ranOut = ranOut;
  }

  add(gate: Gate): void {
    this.#gates.push(gate);
  }

  /**
   * Where a new connection goes: one of the addresses by `draw` in (0, 1), as k6 picks one at random for each
   * connection. Like k6 it tries no other when that one refuses.
   */
  address(draw: number): Address {
    return { host: this.#addresses[Math.floor(draw * this.#addresses.length)]!, port: this.port };
  }

  get hasChoice(): boolean {
    return this.#addresses.length > 1;
  }

  /** DNS now says something else: new connections go there, those that are open stay. */
  leadTo(addresses: readonly string[]): void {
    this.#addresses = addresses;
    for (const host of this.#refusing) if (!addresses.includes(host)) this.#refusing.delete(host);
  }

  answered({ host }: Address): void {
    this.#refusing.delete(host);
  }

  /**
   * A lane was refused at `host`. Once every address refuses, closes the gates of all lanes until somebody listens
   * again. Resolves with whether it is worth dialling again: the gates were closed, and are open by now.
   */
  async refused({ host }: Address): Promise<boolean> {
    this.#refusing.add(host);
    // With another address that answers, the gates stay open: each refusal is counted where it happens.
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
   * Whether this error of a connection, or of a listener, means that this machine ran out of something; says so if it
   * does.
   */
  noteExhaustion(errno: string | undefined, where: ExhaustedWhere): boolean {
    if (!isExhaustion(errno)) return false;
    this.#ranOut(errno, where);
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
      const goneMs = performance.now() - closedMs;
      await setTimeout(Math.min(POLL_MOST_MS, Math.max(POLL_LEAST_MS, goneMs * POLL_SHARE)), undefined, { ref: false });
    } while (!(await this.#anyListens()));
    this.#isClosed = false;
    this.#refusing.clear();
    for (const goOn of this.#held.splice(0)) goOn();
    try {
      await Promise.all(this.#gates.map((gate) => gate.open()));
    } catch (error) {
      process.stderr.write(`a lane cannot listen again, next try in a moment: ${String(error)}\n`);
      this.#close();
    }
  }

  #anyListens(): Promise<boolean> {
    return Promise.any(this.#addresses.map((host) => this.#listens(host))).catch(() => false);
  }

  /** Rejects if nobody does. */
  #listens(host: string): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const probe = connect({ host, port: this.port, timeout: PROBE_TIMEOUT_MS });
      const no = (error: NodeJS.ErrnoException) => {
        probe.destroy();
        this.noteExhaustion(error.code, 'dial');
        reject(error);
      };
      probe.once('connect', () => {
        probe.destroy();
        resolve(true);
      });
      probe.once('timeout', () => no(new Error('timeout')));
      probe.once('error', no);
    });
  }
}
