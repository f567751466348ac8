/**
 * When bytes leave a TCP sender: slow start, ack-clocked, without loss. A proxy's own kernel acknowledges at once, so a
 * response of 1 MB would cross the ocean in one flight. On a real path only the congestion window leaves, and each
 * acknowledgement, one round trip later, frees its bytes and widens the window by as much.
 */

/** Initial window, RFC 6928: ten segments of 1,460 bytes. */
export const INITIAL_WINDOW_BYTES = 14_600;
/** Receive window: Linux' default tcp_rmem of 6 MB, half of it for the window. */
export const MAX_WINDOW_BYTES = 3 * 1024 * 1024;
/**
 * RFC 6298 as in Linux: the retransmission timeout of a path without jitter is its round trip plus the 200 ms floor.
 */
const RTO_FLOOR_MS = 200;

export interface Departure {
  atMs: number;
  bytes: number;
}

interface InFlight extends Departure {
  ackedMs: number;
  /** Whether the window was the limit, so that its acknowledgement widens it (Linux: more than half of it in use). */
  widens: boolean;
}

export class SlowStart {
  readonly #rttMs: number;
  #windowBytes = INITIAL_WINDOW_BYTES;
  #inFlight: InFlight[] = [];
  #inFlightBytes = 0;
  #lastMs = -Infinity;

  constructor(rttMs: number) {
    this.#rttMs = rttMs;
  }

  get windowBytes(): number {
    return this.#windowBytes;
  }

  /**
   * Passes `bytes` to the sender at `nowMs`; returns when they leave, in order, after any earlier bytes that still
   * wait.
   */
  departures(nowMs: number, bytes: number): Departure[] {
    let atMs = Math.max(nowMs, this.#lastMs);
    this.#shrinkAfterIdle(atMs);
    this.#acknowledge(atMs);
    const leaving: Departure[] = [];
    for (let left = bytes; left > 0;) {
      const room = this.#windowBytes - this.#inFlightBytes;
      if (room <= 0) {
        atMs = this.#inFlight[0]!.ackedMs;
        this.#acknowledge(atMs);
        continue;
      }
      const batch = Math.min(room, left);
      left -= batch;
      this.#inFlightBytes += batch;
      const widens = 2 * this.#inFlightBytes > this.#windowBytes;
      if (widens) for (const earlier of this.#inFlight) earlier.widens = true;
      this.#inFlight.push({ atMs, bytes: batch, ackedMs: atMs + this.#rttMs, widens });
      leaving.push({ atMs, bytes: batch });
      this.#lastMs = atMs;
    }
    return leaving;
  }

  #acknowledge(nowMs: number): void {
    let acked = 0;
    for (const batch of this.#inFlight) {
      if (batch.ackedMs > nowMs) break;
      acked++;
      this.#inFlightBytes -= batch.bytes;
      if (batch.widens) this.#windowBytes = Math.min(MAX_WINDOW_BYTES, this.#windowBytes + batch.bytes);
    }
    if (acked > 0) this.#inFlight.splice(0, acked);
  }

  /** Linux' tcp_slow_start_after_idle (RFC 2861): halved for every idle timeout, down to the initial window. */
  #shrinkAfterIdle(nowMs: number): void {
    if (this.#windowBytes === INITIAL_WINDOW_BYTES) return;
    const timeouts = Math.floor((nowMs - this.#lastMs) / (this.#rttMs + RTO_FLOOR_MS));
    if (timeouts < 1) return;
    this.#acknowledge(nowMs);
    this.#windowBytes = Math.max(INITIAL_WINDOW_BYTES, Math.floor(this.#windowBytes / 2 ** timeouts));
  }
}
