/**
 * When bytes may leave a TCP sender: slow start, ack-clocked, without loss. A proxy's own kernel acknowledges at once,
 * so a reply of 1 MB would cross the ocean in one flight; really only what the congestion window holds leaves, and
 * each acknowledgement, one round trip later, makes room for it again and for as much more.
 */

/** Initial window, RFC 6928: ten segments of 1,460 bytes. */
export const INITIAL_WINDOW_BYTES = 14_600;
/** What a receiver lets be in flight at most: Linux' default tcp_rmem of 6 MB, half of it for the window. */
export const MAX_WINDOW_BYTES = 3 * 1024 * 1024;
/** RFC 6298 as Linux does it: a quiet path's retransmission time-out is its round trip and the 200 ms floor. */
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
   * Hands `bytes` to the sender at `nowMs`; returns when they leave, in order. A sender is never ahead of itself: bytes
   * handed over while earlier ones still wait leave after them.
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

  /** Linux' tcp_slow_start_after_idle (RFC 2861): halved for every time-out of silence, down to the initial window. */
  #shrinkAfterIdle(nowMs: number): void {
    if (this.#windowBytes === INITIAL_WINDOW_BYTES) return;
    const timeouts = Math.floor((nowMs - this.#lastMs) / (this.#rttMs + RTO_FLOOR_MS));
    if (timeouts < 1) return;
    this.#acknowledge(nowMs);
    this.#windowBytes = Math.max(INITIAL_WINDOW_BYTES, Math.floor(this.#windowBytes / 2 ** timeouts));
  }
}
