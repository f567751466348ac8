/** Clients of one origin and cohort: which are busy until when, and which was used last. */

/** A heap entry holds the client number in its low part, so that one number orders by time and then by client. */
const CLIENTS = 2 ** 24;

/**
 * Hands out the most recently used free client, so that warm connections stay warm (with the earliest free one 1.9 % of
 * requests were cold [M]); makes a new one if none is free. Times are whole milliseconds below 2^29.
 */
export class ClientPool {
  /** Binary heap of freeMs * CLIENTS + client, the earliest on top. */
  private readonly busy: number[] = [];
  /** Free clients, the last freed on top. */
  private readonly free: number[] = [];
  private readonly make: () => number;

  constructor(make: () => number) {
    this.make = make;
  }

  /** A client that is free at `ms`. Call it in order of time. */
  take(ms: number): number {
    while (this.busy.length > 0 && this.busy[0]! < (ms + 1) * CLIENTS) this.free.push(this.pop() % CLIENTS);
    return this.free.pop() ?? this.make();
  }

  /** Marks a client that was taken as busy until `ms`. */
  busyUntil(client: number, ms: number): void {
    const { busy } = this;
    const entry = ms * CLIENTS + client;
    let at = busy.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (busy[parent]! <= entry) break;
      busy[at] = busy[parent]!;
      at = parent;
    }
    busy[at] = entry;
  }

  private pop(): number {
    const { busy } = this;
    const top = busy[0]!;
    const last = busy.pop()!;
    const { length } = busy;
    if (length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && busy[child + 1]! < busy[child]!) child += 1;
      if (busy[child]! >= last) break;
      busy[at] = busy[child]!;
      at = child;
    }
    busy[at] = last;
    return top;
  }
}
