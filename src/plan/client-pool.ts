/** Clients of one origin and cohort: who is busy until when, and who was used last. */

/** Client numbers stand in the low part of a heap entry, so that one number orders by time and then by client. */
const CLIENTS = 2 ** 24;

/**
 * Hands out the most recently used client that is free, so that warm connections stay warm (earliest-free made 1.9 % of
 * requests cold [M]); makes a new one where none is. Times are whole milliseconds below 2^29.
 */
export class ClientPool {
  /** Binary heap of freeMs * CLIENTS + client, the earliest on top. */
  private readonly busy: number[] = [];
  /** Free clients, the one that became free last on top. */
  private readonly free: number[] = [];
  private readonly make: () => number;

  constructor(make: () => number) {
    this.make = make;
  }

  /** A client that is free at `ms`; calls must come in order of time. */
  take(ms: number): number {
    while (this.busy.length > 0 && this.busy[0]! < (ms + 1) * CLIENTS) this.free.push(this.pop() % CLIENTS);
    return this.free.pop() ?? this.make();
  }

  /** Says until when a client that was taken is busy. */
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
