/**
 * Where lanes lead to. While nobody listens there, the lanes that lead there close their own listeners, so that refused
 * stays refused; they open again, on the same ports, as soon as somebody does.
 */
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { Address } from './connection.ts';

/** How soon after the upstream is back its lanes are. */
const POLL_MS = 50;
/** An accept queue that is full is no refusal, but no answer either: ask again. */
const PROBE_TIMEOUT_MS = 1000;

export interface Gate {
  close(): void;
  /** Rejects if the port is taken. */
  open(): Promise<void>;
}

export class Upstream {
  readonly address: Address;
  readonly #gates: Gate[] = [];
  #refusing = false;

  constructor(address: Address) {
    this.address = address;
  }

  add(gate: Gate): void {
    this.#gates.push(gate);
  }

  /** A lane was refused: closes the gates of all of them until somebody listens again. */
  refused(): void {
    if (this.#refusing) return;
    this.#refusing = true;
    for (const gate of this.#gates) gate.close();
    void this.#untilBack();
  }

  async #untilBack(): Promise<void> {
    do await setTimeout(POLL_MS, undefined, { ref: false });
    while (!(await listens(this.address)));
    this.#refusing = false;
    try {
      await Promise.all(this.#gates.map((gate) => gate.open()));
    } catch (error) {
      process.stderr.write(`a lane cannot listen again, next try in ${POLL_MS} ms: ${String(error)}\n`);
      this.refused();
    }
  }
}

function listens({ host, port }: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ host, port, timeout: PROBE_TIMEOUT_MS });
    const answer = (yes: boolean) => {
      probe.destroy();
      resolve(yes);
    };
    probe.once('connect', () => answer(true));
    probe.once('timeout', () => answer(false));
    probe.once('error', () => answer(false));
  });
}
